<?php

return [
    'array' => 'The :attribute must be an array.',
    'between' => ['numeric' => 'The :attribute must be between :min and :max.'],
    'boolean' => 'The :attribute field must be true or false.',
    'exists' => 'The selected :attribute is invalid.',
    'filled' => 'The :attribute field must have a value.',
    'in' => 'The selected :attribute is invalid.',
    'integer' => 'The :attribute must be an integer.',
    'max' => ['numeric' => 'The :attribute must not be greater than :max.', 'string' => 'The :attribute must not be greater than :max characters.'],
    'min' => ['numeric' => 'The :attribute must be at least :min.', 'string' => 'The :attribute must be at least :min characters.'],
    'prohibited' => 'The :attribute field is prohibited.',
    'required' => 'The :attribute field is required.',
    'string' => 'The :attribute must be a string.',
    'timezone' => 'The :attribute must be a valid zone.',
    'unique' => 'The :attribute has already been taken.',
];
