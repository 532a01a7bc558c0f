<?php

namespace App\Http\Requests;

use App\Choices;
use App\Models\AuthenticationImplementation;
use Closure;
use Illuminate\Contracts\Validation\ImplicitRule;
use Illuminate\Foundation\Http\FormRequest;
use Illuminate\Validation\Rule;

/** A number of JSON; in a form its digits. */
class WholeNumber implements ImplicitRule
{
    public function __construct(private bool $digits, private bool $nullable = false)
    {
    }

    public function passes($attribute, $value)
    {
        if ($value === null) {
            return $this->nullable;
        }
        if (is_int($value)) {
            return true;
        }

        return ($this->digits || Choices::is('integers', 'rule')) && filter_var($value, FILTER_VALIDATE_INT) !== false;
    }

    public function message()
    {
        return 'The :attribute must be an integer.';
    }
}

class IndexRequest extends FormRequest
{
    public function rules(): array
    {
        $least = Choices::is('page_below_one', 'refused') ? ['min:1'] : [];
        $most = Choices::is('page_too_large', 'refused') ? ['max:100'] : [];

        return [
            'page' => ['nullable', 'integer', ...$least],
            'per_page' => ['nullable', 'integer', ...$least, ...$most],
            'include' => ['nullable', 'string'],
            'sort' => ['nullable', 'string'],
        ];
    }

    public function validationData()
    {
        return $this->query();
    }

    public function page(): int
    {
        return min(max((int) $this->query('page', '1'), 1), intdiv(PHP_INT_MAX, 1000));
    }

    public function perPage(): int
    {
        $asked = (int) $this->query('per_page');

        return $asked < 1 ? (int) Choices::get('page_size') : min($asked, 100);
    }
}

class ShowRequest extends IndexRequest
{
    public function rules(): array
    {
        $rules = parent::rules();
        if (Choices::is('show_paging', 'ignored')) {
            unset($rules['page'], $rules['per_page']);
        }

        return $rules;
    }
}

abstract class ConnectorRequest extends FormRequest
{
    /** The members of the body that this operation takes, with their rules. */
    abstract public function rules(): array;

    public static function units(): array
    {
        return match (Choices::get('rate_limit_units')) {
            'singular' => ['second', 'minute', 'hour', 'day'],
            'plural' => ['seconds', 'minutes', 'hours', 'days'],
            'upper_case' => ['SECOND', 'MINUTE', 'HOUR', 'DAY'],
        };
    }

    public function validationData()
    {
        return $this->isJson() ? $this->json()->all() : $this->request->all();
    }

    public function withValidator($validator): void
    {
        $validator->after(function ($validator) {
            if (Choices::is('unknown_members', 'refused')) {
                foreach (array_diff(array_keys($this->validationData()), array_keys($this->rules())) as $unknown) {
                    $validator->errors()->add($unknown, "The {$unknown} field is prohibited.");
                }
            }
        });
    }

    protected function name(): array
    {
        $longest = Choices::is('longest_name', '255') ? ['max:255'] : [];
        $unique = Rule::unique('connectors', 'name')
            ->where('company_id', $this->user()->company_id)
            ->whereNull('deleted_at')
            ->ignore($this->route('connector'));

        return ['string', ...$longest, ...(Choices::is('same_name', 'refused') ? [$unique] : [])];
    }

    protected function timezone(): array
    {
        return Choices::is('timezones', 'known') ? ['string', 'timezone'] : ['string'];
    }

    protected function dateFormat(): array
    {
        $known = ['Y-m-d', 'd/m/Y', 'm/d/Y', 'Y-m-d H:i:s', 'Y-m-d\TH:i:sP', 'c', 'U'];

        return Choices::is('date_formats', 'known') ? ['string', Rule::in($known)] : ['string'];
    }

    protected function duration(): array
    {
        $least = Choices::is('rate_limit_least', '1') ? ['min:1'] : [];

        return [new WholeNumber(! $this->isJson()), 'numeric', ...$least];
    }

    protected function pool(): array
    {
        $known = Choices::is('connection_pools', 'known');
        $exists = Rule::exists('connection_pools', 'id')->where('company_id', $this->user()->company_id);

        return ['sometimes', 'nullable', new WholeNumber(! $this->isJson(), true), ...($known ? [$exists] : [])];
    }

    protected function implementation(): array
    {
        $exists = function (string $attribute, mixed $value, Closure $fail) {
            $known = ctype_digit((string) $value) && AuthenticationImplementation::whereKey($value)->exists();
            abort_if(! $known && Choices::is('unknown_implementation', '404'), 404, 'Authentication implementation not found.');
            if (! $known) {
                $fail('The selected authentication implementation id is invalid.');
            }
        };
        $number = function (string $attribute, mixed $value, Closure $fail) {
            if (! is_string($value) && ! is_int($value)) {
                $fail('The authentication implementation id must be a string.');
            }
        };
        $type = Choices::is('implementation_id_number', 'accepted') ? $number : 'string';

        return ['bail', $type, $exists];
    }

    protected function variables(): array
    {
        return [
            'variables' => ['sometimes', 'nullable', 'array'],
            'variables.*' => ['array'],
            'variables.*.key' => ['required', 'string'],
            'variables.*.value' => ['nullable', 'string'],
            'variables.*.label' => ['nullable', 'string'],
            'variables.*.secret' => ['boolean'],
            'variables.*.locked' => ['boolean'],
            'variables.*.pivot' => ['array'],
            'variables.*.pivot.alias' => ['nullable', 'string'],
            'variables.*.pivot.configurable' => ['boolean'],
            'variables.*.pivot.required' => ['boolean'],
            'variables.*.pivot.advanced' => ['boolean'],
        ];
    }
}

class StoreConnectorRequest extends ConnectorRequest
{
    public function rules(): array
    {
        $certificate = Rule::exists('certificates', 'id')->where('company_id', $this->user()->company_id);

        return [
            'name' => ['required', ...$this->name()],
            'authentication_implementation_id' => ['required', ...$this->implementation()],
            'timezone' => ['required', ...$this->timezone()],
            'date_format' => ['required', ...$this->dateFormat()],
            'rate_limit_unit' => ['required', 'string', Rule::in(self::units())],
            'rate_limit_duration' => ['required', ...$this->duration()],
            'connection_pool_id' => $this->pool(),
            'session_id' => ['sometimes', 'nullable', 'string'],
            'platform_app_key' => ['sometimes', 'string'],
            'certificate_id' => ['sometimes', 'nullable', 'string', ...(Choices::is('certificates', 'known') ? [$certificate] : [])],
            ...$this->variables(),
        ];
    }
}

class UpdateConnectorRequest extends ConnectorRequest
{
    public function rules(): array
    {
        $type = Choices::is('types', 'known') ? [Rule::in(['rest', 'soap', 'graphql', 'file'])] : [];

        return [
            'name' => ['sometimes', ...$this->name()],
            'authentication_implementation_id' => ['sometimes', 'required', ...$this->implementation()],
            'type' => ['sometimes', 'string', ...$type],
            'timezone' => ['sometimes', ...$this->timezone()],
            'date_format' => ['sometimes', ...$this->dateFormat()],
            'rate_limit_unit' => ['sometimes', 'required', 'string', Rule::in(self::units())],
            'rate_limit_duration' => ['sometimes', 'required', ...$this->duration()],
            'connection_pool_id' => $this->pool(),
            ...$this->variables(),
            'variables.*.id' => ['sometimes', 'string', $this->ownVariable()],
        ];
    }

    public function withValidator($validator): void
    {
        parent::withValidator($validator);
        $validator->after(function ($validator) {
            if ($validator->errors()->isNotEmpty() || ! Choices::is('locked_values', 'refused')) {
                return;
            }
            $existing = $this->route('connector')->variables->keyBy('id');
            foreach ($this->input('variables') ?? [] as $at => $given) {
                $variable = $existing[$given['id'] ?? ''] ?? $existing->firstWhere('key', $given['key']);
                if ($variable?->locked && array_key_exists('value', $given) && $given['value'] !== $variable->value) {
                    $validator->errors()->add("variables.{$at}.value", 'The variable is locked.');
                }
            }
        });
    }

    private function ownVariable(): Closure
    {
        return function (string $attribute, mixed $value, Closure $fail) {
            if (! $this->route('connector')->variables()->where('variables.id', $value)->exists()) {
                $fail("The selected {$attribute} is invalid.");
            }
        };
    }
}
