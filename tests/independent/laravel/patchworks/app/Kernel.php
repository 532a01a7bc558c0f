<?php

namespace App\Http;

use App\Choices;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Foundation\Http\Kernel as HttpKernel;
use Illuminate\Routing\Router;

class Kernel extends HttpKernel
{
    protected $bootstrappers = [\Illuminate\Foundation\Bootstrap\BootProviders::class];

    protected $middleware = [
        Middleware\ForceJsonResponse::class,
        Middleware\EncodeJson::class,
    ];

    protected $middlewareGroups = [
        'api' => [
            'auth:api',
            \Illuminate\Routing\Middleware\SubstituteBindings::class,
            Middleware\CheckBody::class,
        ],
    ];

    protected $routeMiddleware = [
        'auth' => \Illuminate\Auth\Middleware\Authenticate::class,
        'cache.headers' => \Illuminate\Http\Middleware\SetCacheHeaders::class,
        'throttle' => \Illuminate\Routing\Middleware\ThrottleRequests::class,
    ];

    public function __construct(Application $app, Router $router)
    {
        if (Choices::is('spaces', 'trimmed')) {
            $this->middleware[] = \Illuminate\Foundation\Http\Middleware\TrimStrings::class;
        }
        if (Choices::is('empty_strings', 'to_null')) {
            $this->middleware[] = \Illuminate\Foundation\Http\Middleware\ConvertEmptyStringsToNull::class;
        }
        if (Choices::is('headers', 'throttle')) {
            $this->middlewareGroups['api'][] = 'throttle:6000,1';
        }
        if (Choices::is('headers', 'etag')) {
            $this->middlewareGroups['api'][] = 'cache.headers:private;etag';
        }
        parent::__construct($app, $router);
    }
}
