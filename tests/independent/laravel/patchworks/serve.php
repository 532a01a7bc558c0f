<?php

/**
 * Starts the server: php serve.php --port PORT [--choice name=value ...]
 *
 * Prints the address as soon as it answers. Port 0 takes a free one. The database is in the memory of the process.
 */

function fail(string $message): never
{
    fwrite(STDERR, $message.PHP_EOL);
    exit(2);
}

/** The values of each choice, its default first. */
function offered(): array
{
    $offered = [];
    foreach (file(__DIR__.'/choices.yaml') as $line) {
        if (preg_match('/^- \{name: (\w+), values: \[(.*?)\], default: "?(\w+)"?,/', $line, $parts)) {
            $values = array_map(fn ($value) => trim($value, ' "'), explode(',', $parts[2]));
            $offered[$parts[1]] = array_values(array_unique([$parts[3], ...$values]));
        }
    }

    return $offered;
}

$port = 8000;
$offered = offered();
$chosen = array_map(fn ($values) => $values[0], $offered);
for ($at = 1; $at < $argc; $at += 2) {
    $value = $argv[$at + 1] ?? fail("{$argv[$at]} needs a value");
    if ($argv[$at] === '--port') {
        $port = (int) $value;
    } elseif ($argv[$at] === '--choice') {
        [$name, $choice] = explode('=', $value, 2) + [1 => ''];
        in_array($choice, $offered[$name] ?? [], true) || fail("unknown choice {$value}");
        $chosen[$name] = $choice;
    } else {
        fail("unknown argument {$argv[$at]}");
    }
}

if ($port === 0) {
    $probe = stream_socket_server('tcp://127.0.0.1:0');
    $port = (int) substr(strrchr(stream_socket_get_name($probe, false), ':'), 1);
    fclose($probe);
}
$address = "127.0.0.1:{$port}";

// The child announces the address; this process becomes the server, so that ending it ends everything.
if (pcntl_fork() === 0) {
    for ($attempt = 0; $attempt < 200; $attempt++) {
        usleep(50_000);
        if (@file_get_contents("http://{$address}/up") !== false) {
            echo "Serving patchworks at http://{$address}\n";
            break;
        }
    }
    exit;
}
$settings = ['opcache.enable_cli' => 1, 'display_errors' => 0, 'log_errors' => 1, 'date.timezone' => 'UTC'];
$options = [];
foreach ($settings as $name => $value) {
    array_push($options, '-d', "{$name}={$value}");
}
pcntl_exec(PHP_BINARY, [...$options, '-S', $address, __DIR__.'/index.php'], ['PATCHWORKS_CHOICES' => json_encode($chosen)]);
