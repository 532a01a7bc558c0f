<?php

namespace App\Queries;

use App\Choices;
use Illuminate\Database\Eloquent\Builder;
use Illuminate\Http\Request;
use Illuminate\Support\Str;
use Illuminate\Validation\ValidationException;

/** The includes, filters and sorts of a request, applied to a query of connectors. */
final class ConnectorQuery
{
    private const INCLUDES = [
        'authenticationImplementation',
        'authenticationImplementation_count',
        'authenticationImplementationExists',
        'authenticationImplementation.authenticationType',
        'authenticationImplementation.system',
        'authenticationImplementation.system.logo',
        'authenticationImplementation.endpoints',
        'authenticationImplementation.endpoints.filters',
        'authenticationImplementation.endpoints.endpointSchema',
        'authenticationImplementation.endpoints.system',
        'authenticationImplementation.endpoints.system.logo',
        'authenticationImplementation.endpoints.entityType',
        'authenticationImplementation.endpoints.fieldTags',
        'authenticationImplementation.system.systemType',
        'variables',
        'variables_count',
        'variablesExists',
        'authenticationImplementation.endpoints.variables',
        'certificate',
        'certificate_count',
        'certificateExists',
        'certificate.user',
    ];

    private const FILTERS = ['canonical_key', 'forSystemTemplate', 'system', 'system_template_id', 'forSession', 'platformSession'];

    private const SORTS = ['name'];

    public function __construct(private Builder $query, private Request $request)
    {
    }

    public function include(): self
    {
        $asked = $this->listed('include');
        $this->refuse('include', array_diff($asked, self::INCLUDES), self::INCLUDES);
        foreach (array_intersect(self::INCLUDES, $asked) as $include) {
            if (Str::endsWith($include, '_count')) {
                $relation = Str::beforeLast($include, '_count');
                $this->query->withCount("{$relation} as {$include}");
            } elseif (Str::endsWith($include, 'Exists')) {
                $relation = Str::beforeLast($include, 'Exists');
                $this->query->withExists("{$relation} as {$include}");
            } else {
                $this->query->with($include);
            }
        }
        if (Choices::is('counts_of_includes', 'always_variables')) {
            $this->query->withCount('variables as variables_count');
        }

        return $this;
    }

    public function filter(): self
    {
        $filters = $this->request->query('filter') ?? [];
        if (! is_array($filters)) {
            throw ValidationException::withMessages(['filter' => 'The filter must be an array.']);
        }
        $this->refuse('filter', array_diff(array_keys($filters), self::FILTERS), self::FILTERS);
        foreach (array_intersect_key($filters, array_flip(self::FILTERS)) as $name => $value) {
            if ($value === null || $value === '' || $value === []) {
                $this->query->when(Choices::is('filter_empty', 'matches_none'), fn ($query) => $query->whereRaw('1 = 0'));

                continue;
            }
            $values = is_array($value) ? array_filter($value, 'is_string') : [$value];
            if (Choices::is('filter_lists', 'any_of')) {
                $values = explode(',', implode(',', $values));
            }
            match ($name) {
                'canonical_key' => $this->byKey($values),
                'system' => $this->bySystem($values),
                'system_template_id' => $this->query->whereIn('system_template_id', $values),
                'forSystemTemplate' => $this->query->forSystemTemplate($values),
                'forSession' => $this->query->forSession($values),
                'platformSession' => $this->byPlatformSession($values),
            };
        }

        return $this;
    }

    public function sort(): self
    {
        $asked = $this->listed('sort');
        $names = array_map(fn ($sort) => Str::startsWith($sort, '-') ? substr($sort, 1) : $sort, $asked);
        $this->refuse('sort', array_diff($names, self::SORTS), self::SORTS);
        foreach ($asked as $sort) {
            if (in_array(ltrim($sort, '-'), self::SORTS, true)) {
                $this->byName(Str::startsWith($sort, '-') ? 'desc' : 'asc');
            }
        }
        match (Choices::get('default_order')) {
            'oldest_first' => $this->query->orderBy('connectors.id'),
            'newest_first' => $this->query->orderByDesc('connectors.id'),
            'by_name' => $this->byName('asc')->orderBy('connectors.id'),
        };

        return $this;
    }

    public function get(): Builder
    {
        return $this->query;
    }

    private function byName(string $direction): Builder
    {
        if (Choices::is('name_order', 'nocase')) {
            return $this->query->orderByRaw("connectors.name collate nocase {$direction}");
        }

        return $this->query->orderBy('connectors.name', $direction);
    }

    private function byKey(array $keys): void
    {
        if (Choices::is('key_match', 'exact')) {
            $this->query->whereIn('canonical_key', $keys);

            return;
        }
        $this->query->where(function ($query) use ($keys) {
            foreach ($keys as $key) {
                $query->orWhereRaw("canonical_key like ? escape '\\'", ['%'.addcslashes($key, '%_\\').'%']);
            }
        });
    }

    private function bySystem(array $systems): void
    {
        $columns = ['id' => ['id'], 'name' => ['name'], 'either' => ['id', 'name']][Choices::get('system_filter')];
        $this->query->whereHas('authenticationImplementation.system', function ($query) use ($columns, $systems) {
            $query->where(function ($query) use ($columns, $systems) {
                foreach ($columns as $column) {
                    $query->orWhereIn("systems.{$column}", $systems);
                }
            });
        });
    }

    private function byPlatformSession(array $sessions): void
    {
        $this->query->whereIn('session_id', $sessions);
        if (Choices::is('platform_session', 'with_app_key')) {
            $this->query->whereNotNull('platform_app_key');
        }
    }

    /** The parts of a comma-separated parameter. */
    private function listed(string $parameter): array
    {
        $parts = explode(',', (string) $this->request->query($parameter));
        if (Choices::is('include_spaces', 'trimmed')) {
            $parts = array_map('trim', $parts);
        }

        return array_values(array_filter($parts, fn ($part) => $part !== ''));
    }

    private function refuse(string $parameter, array $unknown, array $allowed): void
    {
        $choice = Choices::get("unknown_{$parameter}");
        if (! $unknown || $choice === 'ignored') {
            return;
        }
        $message = "Requested {$parameter}(s) `".implode(', ', $unknown).'` are not allowed. '
            ."Allowed {$parameter}(s) are `".implode(', ', $allowed).'`.';
        if ($choice === '422') {
            throw ValidationException::withMessages([$parameter => $message]);
        }
        abort(400, $message);
    }
}
