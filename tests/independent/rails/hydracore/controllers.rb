# frozen_string_literal: true

class ApplicationController < ActionController::API
  include ActionController::HttpAuthentication::Token::ControllerMethods

  UUID = /\A\h{8}-\h{4}-\h{4}-\h{4}-\h{12}\z/.freeze
  WITHOUT_HYPHENS = /\A(\h{8})(\h{4})(\h{4})(\h{4})(\h{12})\z/.freeze

  wrap_parameters false
  before_action :check_protocol
  rescue_from Refusal, with: :render_refusal

  def method_not_allowed
    response.headers["Allow"] = params[:allowed]
    raise Refusal, 405
  end

  private

  def check_protocol
    raise Refusal, 404 if Choices.is?(:trailing_slash, "404") && request.path.end_with?("/")
    raise Refusal, 405 if Choices.is?(:head, "405") && request.head?
    raise Refusal, 406 if Choices.is?(:accept, "406") && !json_accepted?
    raise Refusal, 415 if Choices.is?(:content_types, "415") && request.post? && !request.content_mime_type&.symbol.eql?(:json)
  end

  def json_accepted?
    accept = request.headers["Accept"]
    accept.blank? || accept.match?(%r{application/(json|\*)|\*/\*})
  end

  def render_refusal(refusal)
    return head(refusal.status) if refusal.body.nil?

    render json: refusal.body, status: refusal.status, content_type: refusal.content_type
  end

  # The secret of `Authorization: Bearer <secret>`, or nil.
  def bearer
    header = request.authorization.to_s
    return header[/\ABearer +(\S+)\z/i, 1] if Choices.is?(:scheme, "any_case")

    authenticate_with_http_token { |token, _options| token.presence }
  end

  def unauthenticated(choice)
    status = Choices.status(choice)
    if status == 401
      case Choices[:challenge]
      when "bearer" then response.headers["WWW-Authenticate"] = 'Bearer realm="Application"'
      when "rails" then response.headers["WWW-Authenticate"] = 'Token realm="Application"'
      end
    end
    raise Refusal.new(status, "Access denied.")
  end

  # The id in a path, which must be a uuid.
  def path_id(name)
    text = params[name].to_s
    text = text.sub(WITHOUT_HYPHENS, '\1-\2-\3-\4-\5') if Choices.is?(:id_forms, "without_hyphens")
    return text if text.match?(UUID)

    status = Choices.status(:malformed_id)
    raise Refusal, 404 if status == 404
    raise Refusal.invalid([["path", name, "is not a valid uuid", :uuid]], status: status)
  end

  def check_path_ids
    request.path_parameters.keys.grep(/_id\z/).each { |name| path_id(name) }
  end
end

# Requests of operators for one of their customers.
class OperatorController < ApplicationController
  before_action :authenticate_operator
  before_action :check_path_ids
  before_action :load_customer
  before_action :require_writer, except: :index
  prepend_before_action :check_path_ids if Choices.is?(:path_checks, "before_authentication")

  private

  attr_reader :operator, :customer

  def authenticate_operator
    token = bearer
    key = request.headers["X-Api-Key"].presence
    return unauthenticated(:no_token) unless token || (key && Choices.is?(:api_key, "alternative"))

    @operator = operator_of(token, key)
    return if @operator

    unauthenticated(Instance.with_proxy_key(token || key) ? :other_kind : :wrong_token)
  end

  # The access that the credentials give, or nil.
  def operator_of(token, key)
    by_token = token && AccessToken.with_secret("bearer", token)
    by_key = key && AccessToken.with_secret("api_key", key)
    return by_token if key.nil?
    return by_key if token.nil?

    case Choices[:both_given]
    when "bearer_decides" then by_token
    when "key_decides" then Choices.is?(:api_key, "alternative") ? by_key : by_token
    else by_token && by_key && by_token.tenant_id == by_key.tenant_id ? by_token : nil
    end
  end

  def load_customer
    @customer = operator.tenant.customers.with_id(path_id(:customer_id)).first
    raise Refusal, Choices.status(:other_customer) if @customer.nil?
  end

  def require_writer
    raise Refusal, Choices.status(:read_only_token) unless operator.may?("connections:write")
  end

  # The members of the body; a form gives them too.
  def body
    @body ||= begin
      given = request.request_parameters
      given = JSON.parse(request.raw_post) if Choices.is?(:content_types, "read_as_json")
      given = given.values.first if given.is_a?(Hash) && Choices.is?(:root_member, "yes") && given.keys == [controller_name.singularize]
      given.is_a?(Hash) ? given.with_indifferent_access : {}.with_indifferent_access
    rescue JSON::ParserError
      raise Refusal.invalid([["body", "json", "is not JSON", :invalid]], status: 422) if Choices.is?(:malformed_json, "422")

      raise Refusal, 400
    end
  end

  # Members that are of another type than `types` says, unknown or null.
  def mistakes_in_body(types)
    mistakes = []
    types.each do |name, (type, called)|
      value = body[name]
      wrong = !value.nil? && !(type === value)
      mistakes << ["body", name, "#{name} must be #{called}", :type] if wrong && Choices.is?(:wrong_types, "422")
      mistakes << ["body", name, "#{name} must not be null", :null] if body.key?(name) && value.nil? && Choices.is?(:nulls, "422")
    end
    if Choices.is?(:unknown_members, "422")
      (body.keys - types.keys).each { |name| mistakes << ["body", name, "#{name} is not known", :unknown] }
    end
    mistakes
  end

  def created(record, view, replaced: false)
    status = replaced && Choices.is?(:replaced, "200") ? 200 : Choices.status(:created)
    response.headers["Location"] = "#{request.path.chomp('/')}/#{record.id}" if Choices.is?(:location, "yes")
    render json: view, status: status
  end

  def deleted
    return head(:no_content) if Choices.is?(:deleted, "204")

    head(:ok)
  end

  # For a row that is not here (any more): `all` has the deleted ones.
  def missing(all, id)
    was_here = all.with_id(id).where.not(deleted_at: nil).exists?
    raise Refusal, 410 if was_here && Choices.is?(:deleting_twice, "410")
    return deleted if was_here && Choices.is?(:deleting_twice, "204")

    raise Refusal, 404
  end
end

class ConnectionsController < OperatorController
  TEXTS = ->(list) { list.is_a?(Array) && list.all?(String) }
  ORDERS = {
    "newest_first" => { created_at: :desc, id: :asc }, "oldest_first" => { created_at: :asc, id: :asc },
    "by_name" => { name: :asc, id: :asc }, "by_id" => { id: :asc }
  }.freeze

  def index
    all = customer.connections.kept
    page = paged(all.includes(:grants).order(ORDERS.fetch(Choices[:order])))
    render json: { connections: page.map { |connection| View.connection(connection) }, total: all.count }
  end

  def create
    mistakes = mistakes_in_body(types)
    raise Refusal.invalid(mistakes) if mistakes.any?

    connection = customer.connections.new(connection_params)
    raise Refusal.invalid(mistakes_of(connection)) unless connection.valid?

    earlier = customer.connections.kept.find_by(provider: connection.provider, name: connection.name)
    raise Refusal, 409 if earlier && Choices.is?(:same_name, "409")

    replaced = earlier.present? && Choices.is?(:same_name, "replaces")
    if replaced
      connection = earlier
      connection.assign_attributes(connection_params)
    end
    connection.save!
    created(connection, View.connection(connection), replaced: replaced)
  end

  def destroy
    connection = customer.connections.kept.with_id(path_id(:connection_id)).first
    return missing(customer.connections, path_id(:connection_id)) if connection.nil?
    raise Refusal, 409 if Choices.is?(:delete_with_grants, "409") && connection.grants.kept.exists?

    connection.remove!
    deleted
  end

  private

  def types
    anything = ->(_value) { true }
    {
      "provider" => [String, "a string"], "name" => [String, "a string"], "auth_type" => [String, "a string"],
      "credentials" => [Hash, "an object"],
      "metadata_json" => [Choices.is?(:metadata, "anything") ? anything : Hash, "an object"],
      "scopes" => [Choices.is?(:scopes_items, "anything") ? Array : TEXTS, "a list of strings"]
    }
  end

  def connection_params
    permitted = ActionController::Parameters.new(body).permit(:provider, :name, :auth_type, credentials: {}).to_h
    permitted["credentials"] = body["credentials"].to_hash if body["credentials"].is_a?(Hash)
    permitted["metadata_json"] = body["metadata_json"] if types["metadata_json"].first === body["metadata_json"]
    permitted["scopes"] = body["scopes"] if types["scopes"].first === body["scopes"]
    permitted
  end

  def mistakes_of(connection)
    connection.errors.map { |error| ["body", error.attribute, error.full_message, error.type] }
  end

  def paged(connections)
    return connections if Choices.is?(:paging, "none")

    limit = Integer(params[:limit].to_s, 10, exception: false)&.clamp(1, 100)
    limit ||= 100 if Choices.is?(:paging, "always_100")
    offset = Integer(params[:offset].to_s, 10, exception: false)&.clamp(0, 1_000_000)
    connections.limit(limit || -1).offset(offset || 0)
  end
end

class GrantsController < OperatorController
  TYPES = {
    "instance_id" => [String, "a string"],
    "capabilities" => [->(list) { list.is_a?(Array) && list.all?(String) }, "a list of strings"]
  }.freeze

  def create
    load_connection if Choices.is?(:grant_body, "after_connection")
    check_body
    load_connection
    instance_id = checked_instance_id

    grant = earlier_grant(instance_id) || @connection.grants.new(instance_id: instance_id)
    replaced = grant.persisted?
    grant.capabilities = capabilities_after(grant)
    grant.save!
    created(grant, View.grant(grant), replaced: replaced)
  end

  def destroy
    load_connection
    grant = @connection.grants.kept.with_id(path_id(:grant_id)).first
    return missing(@connection.grants, path_id(:grant_id)) if grant.nil?

    grant.discard!
    deleted
  end

  private

  def load_connection
    @connection = customer.connections.kept.with_id(path_id(:connection_id)).first
    raise Refusal, 404 if @connection.nil?
  end

  def check_body
    mistakes = mistakes_in_body(TYPES)
    TYPES.each_key do |name|
      next if mistakes.any? { |mistake| mistake[1] == name }

      mistakes << ["body", name, "#{name.humanize} can't be blank", :blank] if body[name].nil? || !well_formed?(name)
    end
    mistakes.concat(mistakes_in_values) if mistakes.empty?
    raise Refusal.invalid(mistakes) if mistakes.any?
  end

  # With strong parameters a value of the wrong shape counts as omitted.
  def well_formed?(name)
    TYPES.fetch(name).first === body[name]
  end

  def mistakes_in_values
    mistakes = []
    mistakes << ["body", "instance_id", "Instance is not a valid uuid", :uuid] unless body["instance_id"].match?(UUID)
    if body["capabilities"].empty? && Choices.is?(:empty_capabilities, "422")
      mistakes << ["body", "capabilities", "Capabilities can't be blank", :blank]
    end
    if body["capabilities"].any?(&:blank?) && Choices.is?(:blank_capability, "422")
      mistakes << ["body", "capabilities", "Capabilities can't have blank items", :blank]
    end
    mistakes
  end

  # The id of the instance of the body as the server has it.
  def checked_instance_id
    instance = Instance.with_id(body["instance_id"].downcase).first
    return unknown_instance(:unknown_instance) if instance.nil?

    allowed = Choices.is?(:instance_within, "tenant") ? operator.tenant.customer_ids : [customer.id]
    return unknown_instance(:foreign_instance) unless allowed.include?(instance.customer_id)

    instance.id
  end

  def unknown_instance(choice)
    case Choices[choice]
    when "accepted" then body["instance_id"].downcase
    when "422" then raise Refusal.invalid([["body", "instance_id", "Instance must exist", :required]])
    else raise Refusal, Choices.status(choice)
    end
  end

  def earlier_grant(instance_id)
    return if Choices.is?(:second_grant, "another")

    earlier = @connection.grants.kept.find_by(instance_id: instance_id)
    return if earlier.nil?
    raise Refusal, 409 if Choices.is?(:second_grant, "409")
    raise Refusal.invalid([["body", "instance_id", "Instance has already been taken", :taken]]) if Choices.is?(:second_grant, "422")

    earlier
  end

  def capabilities_after(grant)
    return body["capabilities"] unless grant.persisted? && Choices.is?(:second_grant, "merges")

    grant.capabilities | body["capabilities"]
  end
end

# A running instance fetches the credentials of a connection that is granted to it.
class CredentialsController < ApplicationController
  before_action :authenticate_instance
  before_action :check_path_ids
  before_action :check_instance
  before_action :check_query
  prepend_before_action :check_query if Choices.is?(:query_checks, "before_authentication")
  prepend_before_action :check_path_ids if Choices.is?(:path_checks, "before_authentication")

  def show
    grant = matching_grant
    raise Refusal, no_grant_status if grant.nil?
    raise Refusal, 403 if capability && !grant.includes?(capability)

    note_use(grant.connection)
    response.headers["Cache-Control"] = "no-store" if Choices.is?(:credentials_cache, "no_store")
    render json: { credentials: grant.connection.credentials, capabilities: grant.capabilities }
  end

  private

  attr_reader :instance

  def authenticate_instance
    secret = bearer
    return unauthenticated(:no_token) if secret.nil?

    @instance = Instance.with_proxy_key(secret)
    return if @instance

    unauthenticated(AccessToken.with_secret("bearer", secret) ? :other_kind : :wrong_token)
  end

  # The key is the one of the instance in the path.
  def check_instance
    raise Refusal, Choices.status(:other_instance) unless path_id(:instance_id).casecmp?(instance.id)
  end

  def check_query
    mistakes = []
    %w[provider name capability].each do |name|
      value = request.query_parameters[name]
      mistakes << ["query", name, "#{name} must be a string", :type] unless value.nil? || value.is_a?(String)
      mistakes << ["query", name, "#{name} can't be blank", :blank] if value == "" && Choices.is?("empty_#{name}", "422")
    end
    mistakes << ["query", "provider", "provider can't be blank", :blank] if request.query_parameters["provider"].nil?
    raise Refusal.invalid(mistakes) if mistakes.any?
  end

  def provider
    given = request.query_parameters["provider"]
    Choices.is?(:provider_case, "lowered") ? given.downcase : given
  end

  def name
    optional("name")
  end

  def capability
    optional("capability")
  end

  def optional(parameter)
    value = request.query_parameters[parameter]
    value == "" && Choices.is?("empty_#{parameter}", "unspecified") ? nil : value
  end

  def matching_connections
    connections = Connection.kept.where(provider: provider)
    name ? connections.where(name: name) : connections
  end

  def matching_grant
    grants = instance.grants.kept.joins(:connection).merge(matching_connections)
    grants = grants.order(Arel.sql(grant_order)).includes(:connection).to_a
    raise Refusal, 409 if Choices.is?(:several_match, "409") && grants.map(&:connection_id).uniq.many?

    selected = grants.find { |grant| grant.includes?(capability) } if capability && Choices.is?(:capability_selects, "yes")
    selected || grants.first
  end

  def grant_order
    case Choices[:several_match]
    when "oldest_connection" then "connections.created_at ASC, grants.granted_at DESC"
    when "last_granted" then "grants.granted_at DESC"
    else "connections.created_at DESC, grants.granted_at DESC"
    end
  end

  def no_grant_status
    return Choices.status(:no_grant) unless Choices.is?(:no_grant, "told_apart")

    matching_connections.where(customer_id: instance.customer_id).exists? ? 403 : 404
  end

  def note_use(connection)
    case Choices[:last_used_at]
    when "now" then connection.used!
    when "background"
      id = connection.id
      Thread.new do
        sleep 0.3
        Rails.application.executor.wrap { Connection.find_by(id: id)&.used! }
      end
    end
  end
end

# What answers show of the rows.
module View
  DIGITS = { "milliseconds" => 3, "seconds" => 0, "microseconds" => 6, "offset" => 3 }.freeze

  def self.connection(connection)
    view = {
      auth_type: connection.auth_type,
      created_at: time(connection.created_at),
      customer_id: connection.customer_id,
      error_message: connection.error_message,
      expires_at: time(connection.expires_at),
      grants: grants(connection),
      id: connection.id,
      last_used_at: time(connection.last_used_at),
      name: connection.name,
      provider: connection.provider,
      scopes: connection.scopes,
      status: connection.status,
      updated_at: time(connection.updated_at)
    }
    view[:metadata_json] = connection.metadata_json if Choices.is?(:metadata_returned, "yes")
    Choices.is?(:absent_members, "omitted") ? view.compact : view
  end

  def self.grants(connection)
    kept = connection.grants.select { |grant| grant.deleted_at.nil? }.sort_by(&:granted_at)
    case Choices[:grants_in_connection]
    when "ids" then kept.map(&:id)
    when "short_objects" then kept.map { |each| grant(each).slice(:id, :instance_id, :capabilities) }
    else kept.map { |each| grant(each) }
    end
  end

  def self.grant(grant)
    {
      capabilities: grant.capabilities,
      connection_id: grant.connection_id,
      granted_at: time(grant.granted_at),
      id: grant.id,
      instance_id: grant.instance_id
    }
  end

  def self.time(value)
    return if value.nil?

    text = value.utc.iso8601(DIGITS.fetch(Choices[:times]))
    Choices.is?(:times, "offset") ? text.sub("Z", "+00:00") : text
  end
end
