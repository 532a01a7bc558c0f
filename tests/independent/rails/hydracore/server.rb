# frozen_string_literal: true

# The connections of hydracore on Rails: ruby server.rb [--port 0] [--choice name=value]...

require "optparse"
require_relative "choices"

port = 0
OptionParser.new do |options|
  options.on("--port PORT", Integer) { |value| port = value }
  options.on("--choice NAME=VALUE") { |value| Choices.take(value) }
end.parse!

require_relative "application"
require_relative "seeds"
require "puma"
require "puma/server"

server = Puma::Server.new(Rails.application, Puma::Events.null, min_threads: 1, max_threads: 5)
listener = server.add_tcp_listener("127.0.0.1", port)
running = server.run
$stdout.puts "Listening on http://127.0.0.1:#{listener.addr[1]}"
$stdout.flush
running.join
