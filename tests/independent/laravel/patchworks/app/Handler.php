<?php

namespace App\Exceptions;

use App\Choices;
use Illuminate\Auth\AuthenticationException;
use Illuminate\Foundation\Exceptions\Handler as ExceptionHandler;
use Illuminate\Support\Str;
use Illuminate\Validation\ValidationException;
use Throwable;

class Handler extends ExceptionHandler
{
    public function report(Throwable $e)
    {
        if ($this->shouldReport($e)) {
            error_log((string) $e);
        }
    }

    protected function unauthenticated($request, AuthenticationException $exception)
    {
        $status = Choices::get($request->bearerToken() ? 'wrong_token' : 'no_token');

        return response()->json(['message' => $exception->getMessage()], (int) $status);
    }

    protected function invalidJson($request, ValidationException $exception)
    {
        $errors = $exception->errors();
        $first = collect($errors)->flatten()->first();
        $more = collect($errors)->flatten()->count() - 1;
        $status = (int) Choices::get('invalid_status');
        $body = match (Choices::get('invalid_body')) {
            'laravel8' => ['message' => $exception->getMessage(), 'errors' => $errors],
            'laravel9' => [
                'message' => $more ? "{$first} (and {$more} more ".Str::plural('error', $more).')' : $first,
                'errors' => $errors,
            ],
            'list' => ['errors' => collect($errors)->map(fn ($texts, $field) => ['field' => $field, 'message' => $texts[0]])->values()],
            'problem' => ['title' => 'Invalid data', 'status' => $status, 'errors' => $errors],
        };

        return response()->json($body, $status);
    }

    protected function convertExceptionToArray(Throwable $e)
    {
        $body = parent::convertExceptionToArray($e);
        if (! $this->isHttpException($e) || $e->getStatusCode() !== 404) {
            return $body;
        }

        return match (Choices::get('not_found_body')) {
            'model' => $body,
            'plain' => ['message' => 'Not found.'],
            'error_object' => ['error' => ['code' => 404, 'message' => 'Not found.']],
        };
    }
}
