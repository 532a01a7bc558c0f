# frozen_string_literal: true

require "yaml"

# What the document leaves open: choices.yaml has the values, the command line takes one as name=value.
module Choices
  OFFERED = YAML.load_file(File.join(__dir__, "choices.yaml")).to_h { |choice| [choice.fetch("name"), choice] }
  @chosen = OFFERED.transform_values { |choice| choice.fetch("default") }

  def self.take(text)
    name, value = text.split("=", 2)
    offered = OFFERED.fetch(name) { abort "--choice #{text}: the names are #{OFFERED.keys.join(', ')}" }
    abort "--choice #{text}: the values are #{offered['values'].join(', ')}" unless offered["values"].include?(value)
    @chosen[name] = value
  end

  def self.[](name)
    @chosen.fetch(name.to_s)
  end

  def self.is?(name, value)
    self[name] == value
  end

  # The status that a choice gives: for choices whose value is one.
  def self.status(name)
    Integer(self[name])
  end
end
