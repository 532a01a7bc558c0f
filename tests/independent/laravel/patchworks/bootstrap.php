<?php

use App\Choices;
use Illuminate\Config\Repository;
use Illuminate\Foundation\Application;
use Illuminate\Support\Facades\Facade;

// Version 8 of the framework is older than PHP 8.2 and uses what is deprecated there.
error_reporting(E_ALL & ~E_DEPRECATED);
require_once 'Illuminate/autoload.php';
foreach (['Choices', 'Models', 'ConnectorQuery', 'Requests', 'Resources', 'Middleware', 'ConnectorController', 'Kernel', 'Handler', 'AppServiceProvider'] as $file) {
    require_once __DIR__."/app/{$file}.php";
}
set_error_handler(function (int $level, string $message, string $file, int $line) {
    if (error_reporting() & $level) {
        throw new ErrorException($message, 0, $level, $file, $line);
    }
});

Choices::take(json_decode(getenv('PATCHWORKS_CHOICES'), true));

$app = new Application(__DIR__);
$app->instance('config', new Repository([
    'app' => ['name' => 'Patchworks', 'env' => 'production', 'debug' => false, 'timezone' => 'UTC', 'locale' => 'en', 'fallback_locale' => 'en'],
    'auth' => [
        'defaults' => ['guard' => 'api', 'passwords' => 'users'],
        'guards' => ['api' => ['driver' => 'access-token']],
    ],
    'cache' => [
        'default' => 'database',
        'prefix' => 'patchworks',
        'stores' => ['database' => ['driver' => 'database', 'table' => 'cache', 'connection' => 'sqlite']],
    ],
    'database' => [
        'default' => 'sqlite',
        'connections' => ['sqlite' => [
            'driver' => 'sqlite',
            'database' => ':memory:',
            'prefix' => '',
            // The next request finds the same database in memory.
            'options' => [PDO::ATTR_PERSISTENT => true],
        ]],
    ],
    'view' => ['paths' => [], 'compiled' => sys_get_temp_dir()],
]));
Facade::setFacadeApplication($app);

$app->singleton(Illuminate\Contracts\Http\Kernel::class, App\Http\Kernel::class);
$app->singleton(Illuminate\Contracts\Debug\ExceptionHandler::class, App\Exceptions\Handler::class);
$app->register(Illuminate\Filesystem\FilesystemServiceProvider::class);
$app->register(Illuminate\Cache\CacheServiceProvider::class);
$app->register(Illuminate\Database\DatabaseServiceProvider::class);
$app->register(Illuminate\Pagination\PaginationServiceProvider::class);
$app->register(Illuminate\Translation\TranslationServiceProvider::class);
$app->register(Illuminate\Validation\ValidationServiceProvider::class);
$app->register(Illuminate\View\ViewServiceProvider::class);
$app->register(Illuminate\Auth\AuthServiceProvider::class);
$app->register(Illuminate\Foundation\Providers\FoundationServiceProvider::class);
$app->register(App\Providers\AppServiceProvider::class);

return $app;
