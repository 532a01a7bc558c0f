# frozen_string_literal: true

ENV["RAILS_ENV"] = "production"
# One connection keeps the database in memory alive; requests take turns from their first query on.
ENV["DATABASE_URL"] = "sqlite3::memory:?pool=1&idle_timeout=0&checkout_timeout=30"

require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require_relative "errors"

class Hydracore < Rails::Application
  config.root = __dir__
  config.load_defaults 6.1
  config.api_only = true
  config.eager_load = false
  config.cache_classes = true
  config.consider_all_requests_local = false
  config.secret_key_base = "a key for tests, which keeps nothing that is worth keeping"
  config.logger = ActiveSupport::Logger.new($stderr)
  config.log_level = :error
  config.time_zone = "UTC"
  config.filter_parameters += %i[credentials metadata_json]
  # Credentials come back as they were sent: nothing is taken out of their lists.
  config.action_dispatch.perform_deep_munge = false
  config.exceptions_app = ErrorPages.new
  config.middleware.delete Rack::ETag if Choices.is?(:etag, "none")
  config.middleware.delete Rack::ConditionalGet if Choices.is?(:etag, "none")
end

Rails.application.initialize!
require_relative "models"
require_relative "controllers"

Rails.application.routes.draw do
  suffix = Choices.is?(:json_suffix, "404") ? { format: false } : {}

  scope "/v1/customers/:customer_id", **suffix do
    get "connections", to: "connections#index"
    post "connections", to: "connections#create"
    delete "connections/:connection_id", to: "connections#destroy"
    post "connections/:connection_id/grants", to: "grants#create"
    delete "connections/:connection_id/grants/:grant_id", to: "grants#destroy"
  end
  get "/internal/v1/instances/:instance_id/connections", to: "credentials#show", **suffix

  if Choices.is?(:wrong_method, "405")
    {
      "/v1/customers/:customer_id/connections" => "GET, HEAD, POST",
      "/v1/customers/:customer_id/connections/:connection_id" => "DELETE",
      "/v1/customers/:customer_id/connections/:connection_id/grants" => "POST",
      "/v1/customers/:customer_id/connections/:connection_id/grants/:grant_id" => "DELETE",
      "/internal/v1/instances/:instance_id/connections" => "GET, HEAD"
    }.each do |path, allowed|
      match path, to: "application#method_not_allowed", via: :all, defaults: { allowed: allowed }, **suffix
    end
  end
end
