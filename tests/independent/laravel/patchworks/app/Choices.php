<?php

namespace App;

/** The ways this server goes where the document leaves it open: see choices.yaml. */
final class Choices
{
    private static array $chosen = [];

    public static function take(array $chosen): void
    {
        self::$chosen = $chosen;
    }

    public static function get(string $name): string
    {
        return self::$chosen[$name];
    }

    public static function is(string $name, string $value): bool
    {
        return self::$chosen[$name] === $value;
    }
}
