<?php

namespace App\Http\Controllers;

use App\Choices;
use App\Http\Requests\ConnectorRequest;
use App\Http\Requests\IndexRequest;
use App\Http\Requests\ShowRequest;
use App\Http\Requests\StoreConnectorRequest;
use App\Http\Requests\UpdateConnectorRequest;
use App\Http\Resources\ConnectorResource;
use App\Http\Resources\VariableResource;
use App\Models\Connector;
use App\Models\Variable;
use App\Queries\ConnectorQuery;
use Illuminate\Routing\Controller;
use Illuminate\Support\Arr;
use Illuminate\Support\Facades\DB;

class ConnectorController extends Controller
{
    public function index(IndexRequest $request)
    {
        $query = $request->user()->company->connectors()->getQuery();
        $connectors = (new ConnectorQuery($query, $request))->include()->filter()->sort()->get();
        $paginate = Choices::is('list_shape', 'simple') ? 'simplePaginate' : 'paginate';
        $page = $connectors->{$paginate}($request->perPage(), ['*'], 'page', $request->page())->withQueryString();
        abort_if(Choices::is('past_the_end', '404') && $page->isEmpty() && $page->currentPage() > 1, 404, 'Page not found.');
        if (Choices::is('list_shape', 'paginator')) {
            return response()->json($page->through(fn ($connector) => (new ConnectorResource($connector))->resolve($request)));
        }

        return ConnectorResource::collection($page);
    }

    public function store(StoreConnectorRequest $request)
    {
        $connector = DB::transaction(function () use ($request) {
            $connector = $request->user()->company->connectors()->make($this->columns($request));
            $connector->save();
            foreach ($request->validated()['variables'] ?? [] as $given) {
                $this->addVariable($connector, $given);
            }

            return $connector;
        });

        return (new ConnectorResource($connector->fresh()))->response()->setStatusCode(200);
    }

    public function show(ShowRequest $request, Connector $connector)
    {
        $query = new ConnectorQuery(Connector::query()->whereKey($connector->id), $request);
        $query->include()->sort();
        if (Choices::is('show_filters', 'applied')) {
            $query->filter();
        }

        return new ConnectorResource($query->get()->firstOrFail());
    }

    public function update(UpdateConnectorRequest $request, Connector $connector)
    {
        DB::transaction(function () use ($request, $connector) {
            $connector->update($this->columns($request));
            if (array_key_exists('variables', $request->validated())) {
                $this->updateVariables($connector, $request->validated()['variables'] ?? []);
            }
        });

        return new ConnectorResource($connector->fresh());
    }

    public function destroy(Connector $connector)
    {
        $connector->delete();

        return response()->json(match (Choices::get('destroyed_body')) {
            'message' => ['message' => 'Connector deleted successfully.'],
            'empty' => (object) [],
            'message_and_id' => ['message' => 'Connector deleted successfully.', 'id' => $connector->getRouteKey()],
        });
    }

    public function test(Connector $connector)
    {
        $reachable = $connector->authenticationImplementation->reachable;
        abort_if(! $reachable && Choices::is('tested', 'unreachable_422'), 422, 'The system could not be reached.');
        $type = Choices::is('test_media_type', 'json') ? ['Content-Type' => 'application/json'] : [];

        return response('', 200, $type);
    }

    /** What the body says of the connector itself. */
    private function columns(ConnectorRequest $request): array
    {
        $columns = Arr::except($request->validated(), 'variables');
        if (($columns['certificate_id'] ?? null) === '') {
            $columns['certificate_id'] = null;
        }

        return $columns;
    }

    private function addVariable(Connector $connector, array $given): Variable
    {
        $variable = new Variable(Arr::only($given, ['key', 'value', 'label', 'secret', 'locked']));
        $variable->company_id = $connector->company_id;
        $variable->save();
        $connector->variables()->attach($variable, $this->pivot($given));

        return $variable;
    }

    private function updateVariables(Connector $connector, array $variables): void
    {
        $existing = $connector->variables()->get()->keyBy('id');
        $named = [];
        foreach ($variables as $given) {
            $variable = $existing[$given['id'] ?? ''] ?? $existing->firstWhere('key', $given['key']);
            if ($variable) {
                $this->changeVariable($connector, $variable, $given);
            } else {
                $variable = $this->addVariable($connector, $given);
            }
            $named[] = $variable->id;
        }
        if (Choices::is('variables_update', 'replaced')) {
            $connector->variables()->detach($existing->keys()->diff($named));
        }
    }

    private function changeVariable(Connector $connector, Variable $variable, array $given): void
    {
        $mask = $variable->secret && ($given['value'] ?? null) === VariableResource::MASK;
        $kept = $variable->locked && ! Choices::is('locked_values', 'changed');
        if ($mask || $kept) {
            unset($given['value']);
        }
        $variable->update(Arr::only($given, ['key', 'value', 'label', 'secret', 'locked']));
        if ($this->pivot($given)) {
            $connector->variables()->updateExistingPivot($variable->id, $this->pivot($given));
        }
    }

    private function pivot(array $given): array
    {
        return Arr::only($given['pivot'] ?? [], ['alias', 'configurable', 'required', 'advanced']);
    }
}
