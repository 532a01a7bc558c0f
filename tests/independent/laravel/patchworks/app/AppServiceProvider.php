<?php

namespace App\Providers;

use App\Choices;
use App\Models\AccessToken;
use App\Models\Connector;
use Illuminate\Database\Eloquent\ModelNotFoundException;
use Illuminate\Http\Request;
use Illuminate\Http\Resources\Json\JsonResource;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\Schema;
use Illuminate\Support\ServiceProvider;

class AppServiceProvider extends ServiceProvider
{
    public function boot(): void
    {
        if (Choices::is('wrap', 'bare')) {
            JsonResource::withoutWrapping();
        }
        if (! Schema::hasTable('connectors')) {
            require __DIR__.'/schema.php';
            require __DIR__.'/seed.php';
        }

        Auth::viaRequest('access-token', function (Request $request) {
            $token = AccessToken::findToken((string) $request->bearerToken());

            return $token && ! $token->hasExpired() ? $token->user : null;
        });

        Route::bind('connector', function (string $value, $route) {
            $connectors = Connector::query();
            if (in_array('DELETE', $route->methods()) && Choices::is('deleting_twice', '200')) {
                $connectors->withTrashed();
            }
            $connector = $connectors->where((new Connector)->getRouteKeyName(), $value)->first();
            if (! $connector || (string) $connector->getRouteKey() !== $value) {
                throw (new ModelNotFoundException)->setModel(Connector::class, [$value]);
            }
            if ($connector->company_id !== Auth::user()->company_id) {
                abort_if(Choices::is('other_company', '403'), 403, 'This action is unauthorized.');
                throw (new ModelNotFoundException)->setModel(Connector::class, [$value]);
            }

            return $connector;
        });

        Route::get('up', fn () => response()->noContent());
        Route::prefix('api/v1')->middleware('api')->group(base_path('routes.php'));
    }
}
