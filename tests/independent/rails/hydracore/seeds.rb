# frozen_string_literal: true

# Two tenants: a chain of cafés with two branches, and a workshop. Values of a tester, not of people.

READ = "connections:read"
WRITE = "connections:write"

def seed_tenant(name, tokens)
  tenant = Tenant.create!(name: name)
  tokens.each { |secret, kind, roles| tenant.access_tokens.create!(kind: kind, digest: Vault.digest(secret), roles: roles) }
  tenant
end

def seed_customer(tenant, id, name, instances)
  customer = tenant.customers.create!(id: id, name: name)
  instances.each do |instance_id, (called, proxy_key)|
    customer.instances.create!(id: instance_id, name: called, proxy_key_digest: Vault.digest(proxy_key))
  end
  customer
end

def seed_connection(customer, id, granted_to: {}, **attributes)
  connection = customer.connections.create!(id: id, **attributes)
  granted_to.each { |instance_id, capabilities| connection.grants.create!(instance_id: instance_id, capabilities: capabilities) }
end

cafes = seed_tenant(
  "Saltbush Cafes",
  [
    ["tok_saltbush_manager", "bearer", [READ, WRITE]], ["tok_saltbush_bookkeeper", "bearer", [READ]],
    ["ak_saltbush_9d41", "api_key", [READ, WRITE]]
  ]
)
workshop = seed_tenant(
  "Ironbark Workshop",
  [["tok_ironbark_owner", "bearer", [READ, WRITE]], ["ak_ironbark_2c70", "api_key", [READ, WRITE]]]
)

north = seed_customer(
  cafes, "0b6f4a3e-92d1-4c58-8e07-a41c7d9352f6", "Saltbush North",
  {
    "e83d1b47-06fa-4c29-b5d8-3a9c62e0f714" => ["Rostering", "pxk_north_rosters_Qm81"],
    "5c27f9a0-b148-4de3-9361-f80a2d7c4be5" => ["Mail", "pxk_north_mail_Vb35"]
  }
)
south = seed_customer(
  cafes, "9e15c8d2-374b-4fa6-ad90-6b2f08e71c43", "Saltbush South",
  { "a4f06e92-8c3d-4b17-9e52-d71b0c85f638" => ["Rostering", "pxk_south_rosters_Tz62"] }
)
ironbark = seed_customer(
  workshop, "f271e05b-c86d-4930-8b4f-15d9a3e7620c", "Ironbark",
  { "36b9d4c8-1f70-4ea5-8d2c-0e94f7a15b83" => ["Accounts", "pxk_ironbark_accounts_Hd94"] }
)

seed_connection(
  north, "d10c6f85-4b29-4e73-a8f1-97e25c03bd64",
  provider: "deputy", name: "North roster", auth_type: "api_key", scopes: ["rosters"],
  credentials: { "api_key" => "dep-north-71c0" }, granted_to: { "e83d1b47-06fa-4c29-b5d8-3a9c62e0f714" => %w[read_rosters] }
)
seed_connection(
  north, "7b42a9e6-f53c-4018-9d67-c20e84fb1a59",
  provider: "xero", name: "North ledger", scopes: ["accounting.transactions"],
  credentials: { "access_token" => "xe-north-5520", "refresh_token" => "xr-north-8c1e" }
)
seed_connection(
  south, "28e5d07f-a6b1-4c94-8f3a-4d10b97c6e52",
  provider: "gmail", name: "orders@saltbush-south.example", scopes: ["mail.send"],
  credentials: { "access_token" => "gm-south-02fa" }, granted_to: { "a4f06e92-8c3d-4b17-9e52-d71b0c85f638" => %w[send_mail] }
)
seed_connection(
  ironbark, "c95a71f3-20e8-4d6b-b714-8af3e6d2059c",
  provider: "gmail", name: "accounts@ironbark.example", scopes: ["mail.send"],
  credentials: { "access_token" => "gm-ironbark-e6b3" }, granted_to: { "36b9d4c8-1f70-4ea5-8d2c-0e94f7a15b83" => %w[send_mail] }
)

# The only connection to the database, which the requests need now.
ActiveRecord::Base.clear_active_connections!
