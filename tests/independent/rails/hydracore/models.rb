# frozen_string_literal: true

ActiveRecord::Migration.suppress_messages do
  ActiveRecord::Schema.define do
    create_table :tenants do |t|
      t.string :name, null: false
    end

    create_table :access_tokens do |t|
      t.references :tenant, null: false
      t.string :kind, null: false
      t.string :digest, null: false, index: { unique: true }
      t.json :roles, null: false
    end

    create_table :customers, id: :string do |t|
      t.references :tenant, null: false
      t.string :name, null: false
    end

    create_table :instances, id: :string do |t|
      t.string :customer_id, null: false, index: true
      t.string :name, null: false
      t.string :proxy_key_digest, null: false, index: { unique: true }
    end

    create_table :connections, id: :string do |t|
      t.string :customer_id, null: false, index: true
      t.string :provider, null: false, limit: 50
      t.string :name, null: false, limit: 255
      t.string :auth_type, null: false, default: "oauth2"
      t.string :status, null: false
      t.text :sealed_credentials, null: false
      t.json :metadata_json
      t.json :scopes
      t.string :error_message
      t.datetime :expires_at, precision: 6
      t.datetime :last_used_at, precision: 6
      t.datetime :deleted_at, precision: 6
      t.timestamps precision: 6
    end

    create_table :grants, id: :string do |t|
      t.string :connection_id, null: false, index: true
      t.string :instance_id, null: false, index: true
      t.json :capabilities, null: false
      t.datetime :granted_at, precision: 6, null: false
      t.datetime :deleted_at, precision: 6
    end
  end
end

# Credentials are stored encrypted, and tokens as digests.
module Vault
  KEY = Rails.application.key_generator.generate_key("credentials", ActiveSupport::MessageEncryptor.key_len)
  ENCRYPTOR = ActiveSupport::MessageEncryptor.new(KEY, serializer: ActiveSupport::MessageEncryptor::NullSerializer)

  def self.seal(value)
    ENCRYPTOR.encrypt_and_sign(value.to_json)
  end

  def self.open(sealed)
    JSON.parse(ENCRYPTOR.decrypt_and_verify(sealed))
  end

  def self.digest(secret)
    OpenSSL::HMAC.hexdigest("SHA256", KEY, secret)
  end
end

class ApplicationRecord < ActiveRecord::Base
  self.abstract_class = true

  # The rows with an id, which a path may have in the other case.
  scope :with_id, lambda { |id|
    Choices.is?(:id_case, "exact") ? where(id: id) : where(arel_table[:id].lower.eq(id.downcase))
  }
end

# Ids for new rows, and rows that stay when they are deleted.
module Kept
  extend ActiveSupport::Concern

  included do
    scope :kept, -> { where(deleted_at: nil) }
    before_create { self.id ||= Kept.new_id }
  end

  def self.new_id
    case Choices[:ids]
    when "upper_case" then SecureRandom.uuid.upcase
    when "time_ordered" then time_ordered_id
    else SecureRandom.uuid
    end
  end

  def self.time_ordered_id
    hex = format("%012x", (Time.now.to_f * 1000).to_i) + SecureRandom.hex(10)
    hex[12] = "7"
    hex[16] = "8"
    hex.sub(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '\1-\2-\3-\4-\5')
  end

  def discard!
    Choices.is?(:deletion, "hard") ? destroy! : update_columns(deleted_at: Time.current)
  end
end

class Tenant < ApplicationRecord
  has_many :customers
  has_many :access_tokens
end

class AccessToken < ApplicationRecord
  belongs_to :tenant

  def self.with_secret(kind, secret)
    find_by(kind: kind, digest: Vault.digest(secret))
  end

  def may?(role)
    roles.include?(role)
  end
end

class Customer < ApplicationRecord
  belongs_to :tenant
  has_many :connections
  has_many :instances
end

class Instance < ApplicationRecord
  belongs_to :customer
  has_many :grants

  def self.with_proxy_key(secret)
    find_by(proxy_key_digest: Vault.digest(secret))
  end
end

class Connection < ApplicationRecord
  include Kept

  AUTH_TYPES = %w[oauth2 api_key basic].freeze

  belongs_to :customer
  has_many :grants, dependent: :destroy

  before_validation :normalise_texts
  before_validation :set_defaults, on: :create

  validates :provider, length: { maximum: 50 }
  validates :name, length: { maximum: 255 }
  validates :provider, :name, presence: true, if: -> { Choices.is?(:blank_texts, "refused") }
  validates :provider, :name, exclusion: { in: [nil], message: :blank }, if: -> { Choices.is?(:blank_texts, "accepted") }
  validates :auth_type, inclusion: { in: AUTH_TYPES }
  validates :name, if: -> { Choices.is?(:same_name, "422") }, uniqueness: {
    scope: %i[customer_id provider], conditions: -> { where(deleted_at: nil) }
  }
  validate :credentials_are_an_object

  def credentials=(value)
    self.sealed_credentials = Vault.seal(value) if value.is_a?(Hash)
    self.expires_at = expiry(value) if value.is_a?(Hash) && Choices.is?(:expires_at, "from_credentials")
  end

  def credentials
    sealed_credentials && Vault.open(sealed_credentials)
  end

  # Deletes the connection with its grants.
  def remove!
    transaction do
      grants.kept.each(&:discard!)
      discard!
    end
  end

  def used!
    if Choices.is?(:use_touches, "yes")
      touch(:last_used_at)
    else
      update_columns(last_used_at: Time.current)
    end
  end

  private

  def normalise_texts
    self.provider = provider.strip if provider && Choices.is?(:outer_spaces, "stripped")
    self.name = name.strip if name && Choices.is?(:outer_spaces, "stripped")
    self.provider = provider.downcase if provider && Choices.is?(:provider_case, "lowered")
  end

  def set_defaults
    self.auth_type = "oauth2" if auth_type.nil?
    self.status = Choices[:status]
    self.scopes = [] if scopes.nil? && Choices.is?(:scopes_omitted, "empty")
  end

  def credentials_are_an_object
    errors.add(:credentials, :blank) if sealed_credentials.nil?
  end

  def expiry(given)
    seconds = given["expires_in"]
    return seconds.seconds.from_now if seconds.is_a?(Integer) && seconds.between?(0, 10.years.to_i)

    Time.iso8601(given["expires_at"]) if given["expires_at"].is_a?(String)
  rescue ArgumentError
    nil
  end
end

class Grant < ApplicationRecord
  include Kept

  belongs_to :connection
  belongs_to :instance, optional: true

  before_validation :normalise_capabilities
  before_save { self.granted_at = Time.current }
  after_save { connection.touch if Choices.is?(:grants_touch, "yes") }

  def includes?(capability)
    capabilities.include?(capability)
  end

  private

  def normalise_capabilities
    self.capabilities = capabilities.uniq if Choices.is?(:same_capabilities, "once")
    self.capabilities = capabilities.uniq.sort if Choices.is?(:same_capabilities, "sorted")
  end
end
