<?php

use App\Http\Controllers\ConnectorController;
use Illuminate\Support\Facades\Route;

Route::get('connectors', [ConnectorController::class, 'index']);
Route::post('connectors', [ConnectorController::class, 'store']);
Route::get('connectors/{connector}', [ConnectorController::class, 'show']);
Route::put('connectors/{connector}', [ConnectorController::class, 'update']);
Route::delete('connectors/{connector}', [ConnectorController::class, 'destroy']);
Route::post('connectors/{connector}/test', [ConnectorController::class, 'test']);
