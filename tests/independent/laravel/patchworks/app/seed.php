<?php

use App\Http\Requests\ConnectorRequest;
use App\Models\Connector;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Str;
use Ramsey\Uuid\Uuid;

$units = ConnectorRequest::units();
$seededId = fn (string $what) => Uuid::uuid5(Uuid::NAMESPACE_URL, "https://patchworks.test/{$what}")->toString();
$insert = function (string $table, array $rows) {
    $times = ['created_at' => '2026-03-02 09:15:00', 'updated_at' => '2026-03-02 09:15:00'];
    DB::table($table)->insert(array_map(fn ($row) => $row + $times, $rows));
};

DB::beginTransaction();
$insert('companies', [['id' => 1, 'name' => 'Northwind Traders'], ['id' => 2, 'name' => 'Fabrikam Retail']]);
$insert('users', [
    ['id' => 1, 'company_id' => 1, 'name' => 'Nadia Holm', 'email' => 'nadia@northwind.test', 'password' => '$2y$10$wYb0R1s8uG3nQpX7cT5vVe'],
    ['id' => 2, 'company_id' => 1, 'name' => 'Tom Achebe', 'email' => 'tom@northwind.test', 'password' => '$2y$10$mK4zE9aJ2hL6rD8fN1oSxu'],
    ['id' => 3, 'company_id' => 2, 'name' => 'Ines Duarte', 'email' => 'ines@fabrikam.test', 'password' => '$2y$10$qC7bV3tZ5gH1yW9kP0iMle'],
]);
$insert('access_tokens', [
    ['id' => 1, 'user_id' => 1, 'token' => hash('sha256', 'nVq3ZtR8yLw2KfJ6'), 'expires_at' => null],
    ['id' => 2, 'user_id' => 3, 'token' => hash('sha256', 'fBx7MhD4sPc9GuE1'), 'expires_at' => null],
    ['id' => 3, 'user_id' => 1, 'token' => hash('sha256', 'oLd5WkT1jXa8QiN0'), 'expires_at' => '2026-01-31 00:00:00'],
]);

$insert('authentication_types', [['id' => 1, 'name' => 'OAuth 2.0'], ['id' => 2, 'name' => 'API key'], ['id' => 3, 'name' => 'Basic']]);
$insert('system_types', [['id' => 1, 'name' => 'eCommerce'], ['id' => 2, 'name' => 'ERP'], ['id' => 3, 'name' => 'WMS']]);
$insert('entity_types', [['id' => 1, 'name' => 'Orders'], ['id' => 2, 'name' => 'Products'], ['id' => 3, 'name' => 'Stock']]);
$insert('field_tags', [['id' => 1, 'name' => 'identifier'], ['id' => 2, 'name' => 'money'], ['id' => 3, 'name' => 'personal']]);
$systems = [1 => ['Shopify', 1], 2 => ['NetSuite', 2], 3 => ['Peoplevox', 3], 4 => ['BigCommerce', 1]];
foreach ($systems as $id => [$name, $type]) {
    $insert('systems', [['id' => $id, 'system_type_id' => $type, 'name' => $name, 'label' => "{$name} (cloud)"]]);
    $insert('logos', [['id' => $id + 20, 'system_id' => $id, 'url' => 'https://cdn.patchworks.test/logos/'.Str::slug($name).'.svg']]);
    $insert('system_templates', [['id' => $id + 30, 'system_id' => $id, 'name' => "{$name} starter"]]);
}

$implementations = [
    11 => [1, 1, 'Shopify OAuth', true],
    12 => [1, 2, 'Shopify private app', true],
    13 => [2, 2, 'NetSuite token', true],
    14 => [3, 3, 'Peoplevox session', false],
    15 => [4, 1, 'BigCommerce OAuth', true],
];
foreach ($implementations as $id => [$system, $type, $name, $reachable]) {
    $insert('authentication_implementations', [
        ['id' => $id, 'system_id' => $system, 'authentication_type_id' => $type, 'name' => $name, 'reachable' => $reachable],
    ]);
    foreach ([1 => 'orders', 2 => 'products', 3 => 'stock'] as $entity => $path) {
        $endpoint = $id * 10 + $entity;
        $insert('endpoints', [[
            'id' => $endpoint, 'authentication_implementation_id' => $id, 'system_id' => $system, 'entity_type_id' => $entity,
            'name' => 'Get '.$path, 'method' => 'GET', 'path' => "/{$path}.json",
        ]]);
        $insert('endpoint_filters', [
            ['endpoint_id' => $endpoint, 'name' => 'updated_at', 'operator' => '>='],
            ['endpoint_id' => $endpoint, 'name' => 'status', 'operator' => '='],
        ]);
        $schema = ['type' => 'object', 'properties' => ['id' => ['type' => 'string'], 'total' => ['type' => 'number']]];
        $insert('endpoint_schemas', [['endpoint_id' => $endpoint, 'schema' => json_encode($schema)]]);
        DB::table('endpoint_field_tag')->insert([
            ['endpoint_id' => $endpoint, 'field_tag_id' => 1],
            ['endpoint_id' => $endpoint, 'field_tag_id' => 2 + $entity % 2],
        ]);
        $variable = $seededId("endpoint-variable/{$endpoint}");
        $insert('variables', [[
            'id' => $variable, 'company_id' => null, 'key' => 'page_size', 'value' => '250', 'label' => 'Page size',
            'secret' => false, 'locked' => true,
        ]]);
        $insert('endpoint_variable', [['endpoint_id' => $endpoint, 'variable_id' => $variable, 'alias' => 'limit', 'advanced' => true]]);
    }
}

foreach ([1 => [1, 1], 2 => [1, 2], 3 => [2, 3]] as $number => [$company, $user]) {
    $insert('certificates', [[
        'id' => $seededId("certificate/{$number}"), 'company_id' => $company, 'user_id' => $user, 'name' => "Client certificate {$number}",
        'private_key' => "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI{$number}\n-----END PRIVATE KEY-----", 'expires_at' => '2028-06-30 12:00:00',
    ]]);
}
$insert('connection_pools', [
    ['id' => 71, 'company_id' => 1, 'name' => 'London'],
    ['id' => 72, 'company_id' => 1, 'name' => 'Frankfurt'],
    ['id' => 73, 'company_id' => 2, 'name' => 'Oregon'],
]);

$shops = ['Outlet', 'wholesale', 'Flagship', 'Returns', 'Älvsjö', 'clearance', 'Marketplace', 'Subscriptions'];
$zones = ['Europe/London', 'Europe/Berlin', 'America/New_York', 'UTC'];
$formats = ['Y-m-d', 'd/m/Y', 'Y-m-d H:i:s', 'c'];
for ($number = 0; $number < 49; $number++) {
    $company = $number < 43 ? 1 : 2;
    $implementation = 11 + ($number * 7) % 5;
    $connector = new Connector([
        'name' => $shops[($number * 5) % 8].' '.['north', 'South', 'east', 'West'][$number % 4].' '.(50 - $number),
        'authentication_implementation_id' => (string) $implementation,
        'timezone' => $zones[$number % 4],
        'date_format' => $formats[($number + 1) % 4],
        'rate_limit_unit' => $units[$number % 3],
        'rate_limit_duration' => 10 * ($number % 6 + 1),
        'connection_pool_id' => $number % 3 ? null : ($company === 1 ? 71 + $number % 2 : 73),
        'certificate_id' => $number % 4 ? null : $seededId('certificate/'.($company === 1 ? 1 + $number % 8 / 4 : 3)),
        'session_id' => $number % 5 ? null : 'sess_'.['atlas', 'borealis', 'cygnus'][$number % 3],
        'platform_app_key' => $number % 10 ? null : 'app_northstar',
    ]);
    $connector->forceFill([
        'id' => 4101 + $number,
        'uuid' => $seededId("connector/{$number}"),
        'hashid' => 'con_'.substr(sha1("connector/{$number}"), 0, 12),
        'company_id' => $company,
        'type' => ['rest', 'graphql', 'soap'][$number % 3],
        'system_template_id' => $number % 2 ? null : $implementations[$implementation][0] + 30,
        'created_at' => now()->subDays(90 - $number)->setTime(8, $number),
        'updated_at' => now()->subDays(60 - $number)->setTime(16, $number),
    ])->save();
    foreach (array_slice(['base_url', 'api_token', 'warehouse'], 0, $number % 4) as $key) {
        $variable = $seededId("variable/{$number}/{$key}");
        $insert('variables', [[
            'id' => $variable, 'company_id' => $company, 'key' => $key, 'value' => "{$key}-{$number}", 'label' => Str::headline($key),
            'secret' => $key === 'api_token', 'locked' => $key === 'base_url',
        ]]);
        $insert('connector_variable', [[
            'connector_id' => $connector->id, 'variable_id' => $variable, 'alias' => null,
            'configurable' => true, 'required' => $key !== 'warehouse', 'advanced' => $key === 'warehouse',
        ]]);
    }
}
DB::commit();
