<?php

use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Schema;

Schema::create('companies', function (Blueprint $table) {
    $table->id();
    $table->string('name');
    $table->timestamps();
});
Schema::create('users', function (Blueprint $table) {
    $table->id();
    $table->foreignId('company_id');
    $table->string('name');
    $table->string('email')->unique();
    $table->string('password');
    $table->rememberToken();
    $table->timestamps();
});
Schema::create('access_tokens', function (Blueprint $table) {
    $table->id();
    $table->foreignId('user_id');
    $table->string('token', 64);
    $table->timestamp('expires_at')->nullable();
    $table->timestamps();
});
foreach (['authentication_types', 'system_types', 'entity_types', 'field_tags'] as $named) {
    Schema::create($named, function (Blueprint $table) {
        $table->id();
        $table->string('name');
        $table->timestamps();
    });
}
Schema::create('systems', function (Blueprint $table) {
    $table->id();
    $table->foreignId('system_type_id');
    $table->string('name');
    $table->string('label');
    $table->timestamps();
});
Schema::create('logos', function (Blueprint $table) {
    $table->id();
    $table->foreignId('system_id');
    $table->string('url');
    $table->timestamps();
});
Schema::create('system_templates', function (Blueprint $table) {
    $table->id();
    $table->foreignId('system_id');
    $table->string('name');
    $table->timestamps();
});
Schema::create('authentication_implementations', function (Blueprint $table) {
    $table->id();
    $table->foreignId('system_id');
    $table->foreignId('authentication_type_id');
    $table->string('name');
    $table->boolean('reachable')->default(true);
    $table->timestamps();
});
Schema::create('endpoints', function (Blueprint $table) {
    $table->id();
    $table->foreignId('authentication_implementation_id');
    $table->foreignId('system_id');
    $table->foreignId('entity_type_id');
    $table->string('name');
    $table->string('method');
    $table->string('path');
    $table->timestamps();
});
Schema::create('endpoint_filters', function (Blueprint $table) {
    $table->id();
    $table->foreignId('endpoint_id');
    $table->string('name');
    $table->string('operator');
    $table->timestamps();
});
Schema::create('endpoint_schemas', function (Blueprint $table) {
    $table->id();
    $table->foreignId('endpoint_id');
    $table->json('schema');
    $table->timestamps();
});
Schema::create('endpoint_field_tag', function (Blueprint $table) {
    $table->foreignId('endpoint_id');
    $table->foreignId('field_tag_id');
});
Schema::create('variables', function (Blueprint $table) {
    $table->uuid('id')->primary();
    $table->foreignId('company_id')->nullable();
    $table->string('key');
    $table->text('value')->nullable();
    $table->string('label')->nullable();
    $table->boolean('secret')->default(false);
    $table->boolean('locked')->default(false);
    $table->timestamps();
});
foreach (['connector', 'endpoint'] as $owner) {
    Schema::create("{$owner}_variable", function (Blueprint $table) use ($owner) {
        $table->id();
        $table->foreignId("{$owner}_id");
        $table->foreignUuid('variable_id');
        $table->string('alias')->nullable();
        $table->boolean('configurable')->default(false);
        $table->boolean('required')->default(false);
        $table->boolean('advanced')->default(false);
        $table->timestamps();
    });
}
Schema::create('certificates', function (Blueprint $table) {
    $table->uuid('id')->primary();
    $table->foreignId('company_id');
    $table->foreignId('user_id');
    $table->string('name');
    $table->text('private_key');
    $table->timestamp('expires_at')->nullable();
    $table->timestamps();
});
Schema::create('connection_pools', function (Blueprint $table) {
    $table->id();
    $table->foreignId('company_id');
    $table->string('name');
    $table->timestamps();
});
Schema::create('connectors', function (Blueprint $table) {
    $table->id();
    $table->uuid('uuid')->unique();
    $table->string('hashid')->unique();
    $table->foreignId('company_id');
    $table->foreignId('authentication_implementation_id');
    $table->foreignId('system_template_id')->nullable();
    $table->foreignId('connection_pool_id')->nullable();
    $table->uuid('certificate_id')->nullable();
    $table->string('name');
    $table->string('canonical_key');
    $table->string('type');
    $table->string('timezone');
    $table->string('date_format');
    $table->string('rate_limit_unit');
    $table->integer('rate_limit_duration');
    $table->string('session_id')->nullable();
    $table->string('platform_app_key')->nullable();
    $table->timestamps();
    $table->softDeletes();
});
Schema::create('cache', function (Blueprint $table) {
    $table->string('key')->primary();
    $table->text('value');
    $table->integer('expiration');
});
