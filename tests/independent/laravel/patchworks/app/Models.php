<?php

namespace App\Models;

use App\Choices;
use Carbon\Carbon;
use DateTimeInterface;
use Illuminate\Database\Eloquent\Builder;
use Illuminate\Database\Eloquent\Model as Eloquent;
use Illuminate\Database\Eloquent\SoftDeletes;
use Illuminate\Foundation\Auth\User as Authenticatable;
use Illuminate\Support\Str;

trait WritesTimes
{
    protected function serializeDate(DateTimeInterface $date)
    {
        return match (Choices::get('times')) {
            'sql' => $date->format('Y-m-d H:i:s'),
            'offset' => Carbon::instance($date)->setTimezone('Europe/London')->format('Y-m-d\TH:i:sP'),
            default => parent::serializeDate($date),
        };
    }
}

abstract class Model extends Eloquent
{
    use WritesTimes;

    protected $hidden = ['created_at', 'updated_at', 'pivot'];
}

/** Random uuids instead of consecutive numbers. */
trait HasUuid
{
    public static function bootHasUuid(): void
    {
        static::creating(fn ($model) => $model->id ??= (string) Str::uuid());
    }

    public function getIncrementing()
    {
        return false;
    }

    public function getKeyType()
    {
        return 'string';
    }
}

class Company extends Model
{
    protected $guarded = [];

    public function connectors()
    {
        return $this->hasMany(Connector::class);
    }
}

class User extends Authenticatable
{
    use WritesTimes;

    protected $guarded = [];
    protected $hidden = ['password', 'remember_token', 'company_id', 'created_at', 'updated_at'];

    public function company()
    {
        return $this->belongsTo(Company::class);
    }
}

/** A token as Sanctum writes it: its number, a bar and a secret of which only the hash is stored. */
class AccessToken extends Model
{
    protected $guarded = [];
    protected $casts = ['expires_at' => 'datetime'];

    public static function findToken(string $token): ?self
    {
        if (! str_contains($token, '|')) {
            return null;
        }
        [$id, $secret] = explode('|', $token, 2);
        $found = static::where('id', $id)->first();

        return $found && hash_equals($found->token, hash('sha256', $secret)) ? $found : null;
    }

    public function hasExpired(): bool
    {
        return $this->expires_at !== null && $this->expires_at->isPast();
    }

    public function user()
    {
        return $this->belongsTo(User::class);
    }
}

class Connector extends Model
{
    use SoftDeletes;

    protected $fillable = [
        'name', 'type', 'timezone', 'date_format', 'rate_limit_unit', 'rate_limit_duration', 'connection_pool_id',
        'authentication_implementation_id', 'session_id', 'platform_app_key', 'certificate_id',
    ];

    protected $hidden = ['company_id', 'deleted_at'];

    protected $attributes = ['type' => 'rest'];

    protected $casts = [
        'company_id' => 'integer',
        'rate_limit_duration' => 'integer',
        'connection_pool_id' => 'integer',
        'system_template_id' => 'integer',
        'authentication_implementation_id' => 'string',
    ];

    protected static function booted(): void
    {
        static::creating(function (Connector $connector) {
            $connector->uuid ??= (string) Str::uuid();
            $connector->hashid ??= 'con_'.Str::lower(Str::random(12));
            $connector->canonical_key ??= $connector->freshKey();
        });
        static::updating(function (Connector $connector) {
            if ($connector->isDirty('name') && Choices::is('renaming', 'changes_key')) {
                $connector->canonical_key = $connector->freshKey();
            }
        });
    }

    public function getRouteKeyName()
    {
        return ['number' => 'id', 'uuid' => 'uuid', 'hashid' => 'hashid'][Choices::get('ids')];
    }

    public function freshKey(): string
    {
        if (Choices::is('canonical_keys', 'random')) {
            return Str::lower(Str::random(16));
        }
        $slug = Str::slug($this->name) ?: 'connector';
        if (Choices::is('canonical_keys', 'with_system')) {
            $slug = Str::slug($this->authenticationImplementation->system->name).'-'.$slug;
        }
        $taken = static::withTrashed()->where('company_id', $this->company_id)->where('id', '!=', $this->id ?? 0);
        $number = 1;
        $key = $slug;
        while ((clone $taken)->where('canonical_key', $key)->exists()) {
            $number++;
            $key = "{$slug}-{$number}";
        }

        return $key;
    }

    public function authenticationImplementation()
    {
        return $this->belongsTo(AuthenticationImplementation::class);
    }

    public function variables()
    {
        return $this->belongsToMany(Variable::class)
            ->withPivot('alias', 'configurable', 'required', 'advanced')
            ->withTimestamps()
            ->orderBy('connector_variable.id');
    }

    public function certificate()
    {
        return $this->belongsTo(Certificate::class);
    }

    public function scopeForSession(Builder $query, array $sessions): void
    {
        $query->whereIn('session_id', $sessions);
    }

    public function scopeForSystemTemplate(Builder $query, array $templates): void
    {
        if (Choices::is('template_filter', 'own_template')) {
            $query->whereIn('system_template_id', $templates);

            return;
        }
        $systems = SystemTemplate::whereIn('id', $templates)->pluck('system_id');
        $query->whereHas('authenticationImplementation', fn ($query) => $query->whereIn('system_id', $systems));
    }
}

class AuthenticationImplementation extends Model
{
    public function authenticationType()
    {
        return $this->belongsTo(AuthenticationType::class);
    }

    public function system()
    {
        return $this->belongsTo(System::class);
    }

    public function endpoints()
    {
        return $this->hasMany(Endpoint::class);
    }
}

class AuthenticationType extends Model
{
}

class System extends Model
{
    public function systemType()
    {
        return $this->belongsTo(SystemType::class);
    }

    public function logo()
    {
        return $this->hasOne(Logo::class);
    }
}

class SystemType extends Model
{
}

class Logo extends Model
{
}

class SystemTemplate extends Model
{
}

class Endpoint extends Model
{
    public function system()
    {
        return $this->belongsTo(System::class);
    }

    public function entityType()
    {
        return $this->belongsTo(EntityType::class);
    }

    public function filters()
    {
        return $this->hasMany(EndpointFilter::class);
    }

    public function endpointSchema()
    {
        return $this->hasOne(EndpointSchema::class);
    }

    public function fieldTags()
    {
        return $this->belongsToMany(FieldTag::class);
    }

    public function variables()
    {
        return $this->belongsToMany(Variable::class)->withPivot('alias', 'configurable', 'required', 'advanced');
    }
}

class EndpointFilter extends Model
{
}

class EndpointSchema extends Model
{
    protected $casts = ['schema' => 'array'];
}

class EntityType extends Model
{
}

class FieldTag extends Model
{
}

class Variable extends Model
{
    use HasUuid;

    protected $fillable = ['key', 'value', 'label', 'secret', 'locked'];
    protected $casts = ['secret' => 'boolean', 'locked' => 'boolean'];
    protected $attributes = ['secret' => false, 'locked' => false];
}

class Certificate extends Model
{
    use HasUuid;

    protected $hidden = ['private_key', 'company_id'];
    protected $casts = ['expires_at' => 'datetime'];

    public function user()
    {
        return $this->belongsTo(User::class);
    }
}

class ConnectionPool extends Model
{
}
