# frozen_string_literal: true

# A request that is refused: the status, and a list of `detail` where a body, query or path is not valid.
class Refusal < StandardError
  attr_reader :status, :detail

  def initialize(status, message = nil, detail: nil)
    @status = Integer(status)
    @detail = detail
    super(message || Rack::Utils::HTTP_STATUS_CODES.fetch(@status))
  end

  # The mistakes are [place, name, message, type] each.
  def self.invalid(mistakes, status: Choices.status(:invalid))
    mistakes = mistakes.first(1) if Choices.is?(:all_errors, "first")
    detail = mistakes.map do |place, name, message, type|
      { loc: Choices.is?(:loc, "bare") ? [name.to_s] : [place, name.to_s], msg: message, type: type.to_s }
    end
    new(status, detail: detail)
  end

  def body
    return { detail: detail } if detail

    case Choices[:other_errors]
    when "rails" then { status: status, error: Rack::Utils::HTTP_STATUS_CODES.fetch(status) }
    when "detail_text" then { detail: message }
    when "problem" then { type: "about:blank", title: Rack::Utils::HTTP_STATUS_CODES.fetch(status), status: status, detail: message }
    when "errors_list" then { errors: [{ status: status.to_s, title: message }] }
    end
  end

  def content_type
    Choices.is?(:other_errors, "problem") && !detail ? "application/problem+json" : "application/json"
  end
end

# What Rails itself refuses (unknown routes, bodies that cannot be read) and failures, in the same form.
class ErrorPages
  def call(env)
    request = ActionDispatch::Request.new(env)
    refusal = refusal_for(request.path_info.delete_prefix("/").to_i, env["action_dispatch.exception"])
    text = refusal.body ? refusal.body.to_json : ""
    [refusal.status, { "Content-Type" => "#{refusal.content_type}; charset=utf-8" }, [text]]
  end

  private

  def refusal_for(status, exception)
    if exception.is_a?(ActionDispatch::Http::Parameters::ParseError) && Choices.is?(:malformed_json, "422")
      return Refusal.invalid([["body", "json", "is not JSON", :invalid]], status: 422)
    end

    Refusal.new(status)
  end
end
