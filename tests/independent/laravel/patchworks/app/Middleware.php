<?php

namespace App\Http\Middleware;

use App\Choices;
use Closure;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Str;

/** Errors are JSON, whatever the client accepts. */
class ForceJsonResponse
{
    public function handle(Request $request, Closure $next)
    {
        $request->headers->set('Accept', 'application/json');
        if (Choices::is('trailing_slash', '404') && Str::endsWith($request->getPathInfo(), '/')) {
            abort(404);
        }

        return $next($request);
    }
}

class EncodeJson
{
    private const OPTIONS = [
        'escaped' => JsonResponse::DEFAULT_ENCODING_OPTIONS,
        'unescaped' => JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES,
        'pretty' => JSON_PRETTY_PRINT,
    ];

    public function handle(Request $request, Closure $next)
    {
        $response = $next($request);
        if ($response instanceof JsonResponse) {
            $response->setEncodingOptions(self::OPTIONS[Choices::get('json')]);
        }
        if (Choices::is('headers', 'request_id')) {
            $response->headers->set('X-Request-Id', (string) Str::uuid());
        }

        return $response;
    }
}

/** Refuses bodies that are no JSON object, which the framework would take for empty ones. */
class CheckBody
{
    public function handle(Request $request, Closure $next)
    {
        if (! $request->isMethod('POST') && ! $request->isMethod('PUT')) {
            return $next($request);
        }
        $body = $request->getContent();
        if ($request->isJson()) {
            $object = is_object(json_decode($body)) || $body === '';
            if (! $object && Choices::is('bad_json', '400')) {
                abort(400, 'The body must be a JSON object.');
            }
            if (! $object) {
                abort(422, 'The body must be a JSON object.');
            }
        } elseif ($body !== '' || $request->request->count() > 0) {
            $form = in_array($request->getContentType(), ['form'], true);
            if (! $form || Choices::is('media_type', 'json_only')) {
                abort(415, 'The body must be JSON.');
            }
        }

        return $next($request);
    }
}
