<?php

namespace App\Http\Resources;

use App\Choices;
use Illuminate\Http\Resources\Json\JsonResource;
use Illuminate\Support\Str;

/** A boolean, or the number that the database stores. */
function flag(mixed $value): bool|int
{
    return Choices::is('booleans', 'cast') ? (bool) $value : (int) $value;
}

class ConnectorResource extends JsonResource
{
    public function toArray($request): array
    {
        $members = [
            'id' => $this->getRouteKey(),
            'name' => $this->name,
            'canonical_key' => $this->canonical_key,
            'type' => $this->type,
            'timezone' => $this->timezone,
            'date_format' => $this->date_format,
            'rate_limit_unit' => $this->rate_limit_unit,
            'rate_limit_duration' => $this->rate_limit_duration,
            'connection_pool_id' => $this->connection_pool_id,
            'authentication_implementation_id' => $this->authentication_implementation_id,
            'certificate_id' => $this->certificate_id,
            'system_template_id' => $this->system_template_id,
            $this->mergeWhen(Choices::is('session_shown', 'yes'), fn () => [
                'session_id' => $this->session_id,
                'platform_app_key' => $this->platform_app_key,
            ]),
            $this->mergeWhen(! Choices::is('times', 'none'), fn () => $this->times()),
            $this->mergeWhen(Choices::is('more_members', 'permissions'), [
                'permissions' => ['view' => true, 'update' => true, 'delete' => true],
            ]),
            $this->mergeWhen(Choices::is('more_members', 'links'), fn () => [
                'links' => ['self' => url('api/v1/connectors/'.$this->getRouteKey())],
            ]),
        ];
        $members = $this->filter($members);
        if (Choices::is('absent', 'omitted')) {
            $members = array_filter($members, fn ($value) => $value !== null);
        }

        return [...$members, ...$this->included()];
    }

    private function times(): array
    {
        $times = $this->resource->attributesToArray();

        return ['created_at' => $times['created_at'], 'updated_at' => $times['updated_at']];
    }

    private function included(): array
    {
        $included = [
            'authenticationImplementation' => new AuthenticationImplementationResource($this->whenLoaded('authenticationImplementation')),
            'variables' => VariableResource::collection($this->whenLoaded('variables')),
            'certificate' => new CertificateResource($this->whenLoaded('certificate')),
        ];
        foreach (['authenticationImplementation', 'variables', 'certificate'] as $relation) {
            $included["{$relation}_count"] = $this->when(
                isset($this->resource->getAttributes()["{$relation}_count"]),
                fn () => (int) $this->resource->getAttributes()["{$relation}_count"],
            );
            $included["{$relation}Exists"] = $this->when(
                isset($this->resource->getAttributes()["{$relation}Exists"]),
                fn () => (bool) $this->resource->getAttributes()["{$relation}Exists"],
            );
        }

        return member_names($included);
    }
}

/** Includes under the names by which they are asked for, or in snake case. */
function member_names(array $included): array
{
    if (Choices::is('include_names', 'as_asked')) {
        return $included;
    }

    return collect($included)->mapWithKeys(fn ($value, $name) => [Str::snake($name) => $value])->all();
}

class AuthenticationImplementationResource extends JsonResource
{
    public function toArray($request): array
    {
        return [
            'id' => (string) $this->id,
            'name' => $this->name,
            'system_id' => $this->system_id,
            'authentication_type_id' => $this->authentication_type_id,
            ...member_names([
                'authenticationType' => new JsonResource($this->whenLoaded('authenticationType')),
                'system' => new SystemResource($this->whenLoaded('system')),
                'endpoints' => EndpointResource::collection($this->whenLoaded('endpoints')),
            ]),
        ];
    }
}

class SystemResource extends JsonResource
{
    public function toArray($request): array
    {
        return [
            'id' => $this->id,
            'name' => $this->name,
            'label' => $this->label,
            'system_type_id' => $this->system_type_id,
            ...member_names([
                'logo' => new JsonResource($this->whenLoaded('logo')),
                'systemType' => new JsonResource($this->whenLoaded('systemType')),
            ]),
        ];
    }
}

class EndpointResource extends JsonResource
{
    public function toArray($request): array
    {
        return [
            'id' => $this->id,
            'name' => $this->name,
            'method' => $this->method,
            'path' => $this->path,
            'system_id' => $this->system_id,
            'entity_type_id' => $this->entity_type_id,
            ...member_names([
                'filters' => JsonResource::collection($this->whenLoaded('filters')),
                'endpointSchema' => new JsonResource($this->whenLoaded('endpointSchema')),
                'system' => new SystemResource($this->whenLoaded('system')),
                'entityType' => new JsonResource($this->whenLoaded('entityType')),
                'fieldTags' => JsonResource::collection($this->whenLoaded('fieldTags')),
                'variables' => VariableResource::collection($this->whenLoaded('variables')),
            ]),
        ];
    }
}

class VariableResource extends JsonResource
{
    public const MASK = '********';

    public function toArray($request): array
    {
        $hidden = $this->secret && Choices::is('secret_values', 'hidden');
        $masked = $this->secret && Choices::is('secret_values', 'masked') && $this->value !== null;
        $pivot = [
            'alias' => $this->pivot->alias,
            'configurable' => flag($this->pivot->configurable),
            'required' => flag($this->pivot->required),
            'advanced' => flag($this->pivot->advanced),
        ];

        return [
            'id' => $this->id,
            'key' => $this->key,
            'value' => $this->when(! $hidden, $masked ? self::MASK : $this->value),
            'label' => $this->label,
            'secret' => flag($this->secret),
            'locked' => flag($this->locked),
            ...(Choices::is('pivots', 'nested') ? ['pivot' => $pivot] : $pivot),
        ];
    }
}

class CertificateResource extends JsonResource
{
    public function toArray($request): array
    {
        return [
            'id' => $this->id,
            'name' => $this->name,
            'user_id' => $this->user_id,
            'expires_at' => $this->resource->attributesToArray()['expires_at'],
            'user' => new JsonResource($this->whenLoaded('user')),
        ];
    }
}
