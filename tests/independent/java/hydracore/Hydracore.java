// A server for document 003 on what the Java Development Kit brings: `java Hydracore.java --port 0 --choice name=value`.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

public final class Hydracore {

    // ---------------------------------------------------------------- starting

    public static void main(String[] arguments) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        int port = 0;
        Choices choices = Choices.read(Path.of("tests/independent/java/hydracore/choices.yaml"));
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--port" -> port = Integer.parseInt(arguments[i + 1]);
                case "--choice" -> choices.take(arguments[i + 1]);
                default -> throw new IllegalArgumentException("unknown argument " + arguments[i]);
            }
        }
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 64);
        Hydracore api = new Hydracore(choices);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.createContext("/", api::answer);
        server.start();
        System.out.println("listening on http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** The ways to go where the document is silent. */
    static final class Choices {
        private static final Pattern LINE = Pattern.compile("- \\{name: (\\w+), values: \\[(.*?)\\], default: (\\S+), .*");
        private final Map<String, List<String>> values = new LinkedHashMap<>();
        private final Map<String, String> taken = new LinkedHashMap<>();

        static Choices read(Path file) throws IOException {
            Choices choices = new Choices();
            for (String line : Files.readAllLines(file)) {
                Matcher matcher = LINE.matcher(line);
                if (matcher.matches()) {
                    String values = matcher.group(2).replace("\"", "");
                    choices.values.put(matcher.group(1), List.of(values.split(", ")));
                    choices.taken.put(matcher.group(1), matcher.group(3).replace("\"", ""));
                }
            }
            return choices;
        }

        void take(String choice) {
            String[] halves = choice.split("=", 2);
            if (halves.length < 2 || !values.getOrDefault(halves[0], List.of()).contains(halves[1])) {
                throw new IllegalArgumentException("unknown choice " + choice);
            }
            taken.put(halves[0], halves[1]);
        }

        boolean is(String name, String value) {
            return of(name).equals(value);
        }

        String of(String name) {
            return Objects.requireNonNull(taken.get(name), name);
        }

        int status(String name) {
            return Integer.parseInt(of(name));
        }
    }

    // ---------------------------------------------------------------- data

    record Customer(String id, String tenant) {}

    record Instance(String id, String customer, String proxyKey) {}

    record Grant(String id, String connectionId, String instanceId, List<Object> capabilities, Instant grantedAt) {}

    static final class Connection {
        String id;
        String customerId;
        String provider;
        String name;
        String authType;
        byte[] credentials;
        Object metadata;
        List<Object> scopes;
        String status;
        Instant createdAt;
        Instant updatedAt;
        Instant expiresAt;
        Instant lastUsedAt;
        final List<Grant> grants = new ArrayList<>();
    }

    private static final List<Customer> CUSTOMERS = List.of(
        new Customer("7d0f3c52-9a4b-4e1d-8c76-2b5e90a1f384", "harbour"),
        new Customer("e2b9c6a8-41d7-4f03-9b5a-c8d7160e3f29", "harbour"),
        new Customer("35f81d90-6c2e-4ab7-a1f4-097e5d3b8c61", "quarry"));
    private static final List<Instance> INSTANCES = List.of(
        new Instance("c40a7e19-5b83-4d62-9f0e-71d2b6a8354c", CUSTOMERS.get(0).id(), "pk_harbour_1_kR7vT2mQ"),
        new Instance("18d5f2b6-e09c-47a3-8b41-f6c3a70d925e", CUSTOMERS.get(0).id(), "pk_harbour_2_wN4xJ9sL"),
        new Instance("f97b03ad-2c68-4e51-b7d8-40a9e1c6582f", CUSTOMERS.get(1).id(), "pk_harbour_3_bH6cY1pE"),
        new Instance("60e4a8c1-d73f-4925-8e0b-93b5c7f21da4", CUSTOMERS.get(2).id(), "pk_quarry_1_zD3gU8fA"));
    private static final Map<String, String> TOKENS = Map.of("eyJ.harbour.operator", "harbour", "eyJ.quarry.operator", "quarry");
    private static final Map<String, String> API_KEYS = Map.of("hck_harbour_5f2e", "harbour", "hck_quarry_8a1d", "quarry");
    private static final Set<String> KNOWN_PROVIDERS = Set.of("gmail", "xero", "google_calendar", "deputy", "slack", "outlook");
    private static final List<String> AUTH_TYPES = List.of("oauth2", "api_key", "basic");

    private final Choices choices;
    private final Vault vault = new Vault();
    private final Map<String, Connection> connections = new LinkedHashMap<>();
    private int answered;

    Hydracore(Choices choices) {
        this.choices = choices;
        seed("0d6b1f83-7a95-4c2e-b3d0-e8f41c7a2956", 0, "xero", "Harbour ledger", 0);
        seed("a5c7e204-38f1-4b9d-8062-1d9eb3f7c048", 1, "deputy", "Harbour North roster", 2);
        seed("42f0d8b7-c51e-4963-a7f8-5e0b2c94d1a6", 2, "xero", "Quarry ledger", 3);
    }

    private void seed(String id, int customer, String provider, String name, int instance) {
        Connection connection = new Connection();
        connection.id = id;
        connection.customerId = CUSTOMERS.get(customer).id();
        connection.provider = provider;
        connection.name = name;
        connection.authType = "oauth2";
        connection.credentials = vault.lock(Json.write(Map.of("access_token", "seeded-" + provider + customer)));
        connection.scopes = List.of("read");
        connection.status = choices.is("status", "connected") ? "connected" : "active";
        connection.createdAt = Instant.parse("2026-02-03T04:05:06Z").plusSeconds(customer);
        connection.updatedAt = connection.createdAt;
        String grant = UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8)).toString();
        connection.grants.add(new Grant(grant, id, INSTANCES.get(instance).id(), List.of("read"), connection.createdAt));
        connections.put(id, connection);
    }

    /** Credentials at rest: AES-GCM with a key of this process. */
    static final class Vault {
        private final SecureRandom random = new SecureRandom();
        private final SecretKey key;

        Vault() {
            try {
                key = KeyGenerator.getInstance("AES").generateKey();
            } catch (GeneralSecurityException problem) {
                throw new IllegalStateException(problem);
            }
        }

        byte[] lock(String text) {
            byte[] nonce = new byte[12];
            random.nextBytes(nonce);
            byte[] locked = run(Cipher.ENCRYPT_MODE, nonce, text.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(nonce.length + locked.length).put(nonce).put(locked).array();
        }

        String open(byte[] stored) {
            byte[] nonce = Arrays.copyOf(stored, 12);
            byte[] text = run(Cipher.DECRYPT_MODE, nonce, Arrays.copyOfRange(stored, 12, stored.length));
            return new String(text, StandardCharsets.UTF_8);
        }

        private byte[] run(int mode, byte[] nonce, byte[] content) {
            try {
                Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(mode, key, new GCMParameterSpec(128, nonce));
                return cipher.doFinal(content);
            } catch (GeneralSecurityException problem) {
                throw new IllegalStateException(problem);
            }
        }
    }

    // ---------------------------------------------------------------- requests and responses

    record Request(HttpExchange exchange, String method, String path, Map<String, String> query, String body) {
        String header(String name) {
            return exchange.getRequestHeaders().getFirst(name);
        }
    }

    record Response(int status, Object body) {}

    /** A refusal. detail: a sentence, or the list of what is invalid. */
    static final class Refusal extends RuntimeException {
        final int status;
        final Object detail;

        Refusal(int status, Object detail) {
            super(null, null, false, false);
            this.status = status;
            this.detail = detail;
        }
    }

    private static final String UUID_PART = "([^/]+)";
    private static final Pattern FETCH = Pattern.compile("/internal/v1/instances/" + UUID_PART + "/connections");
    private static final Pattern MANY = Pattern.compile("/v1/customers/" + UUID_PART + "/connections");
    private static final Pattern SINGLE = Pattern.compile(MANY.pattern() + "/" + UUID_PART);
    private static final Pattern GRANTS = Pattern.compile(SINGLE.pattern() + "/grants");
    private static final Pattern GRANT = Pattern.compile(GRANTS.pattern() + "/" + UUID_PART);

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Response response;
            try {
                response = routed(exchange);
            } catch (Refusal refusal) {
                response = new Response(refusal.status, refusal.detail instanceof List
                    ? Map.of("detail", refusal.detail) : refusalBody(refusal));
            } catch (RuntimeException problem) {
                problem.printStackTrace();
                response = new Response(500, Map.of("detail", "Internal Server Error"));
            }
            send(exchange, response);
        }
    }

    private Object refusalBody(Refusal refusal) {
        return switch (choices.of("refusal_body")) {
            case "object" -> Map.of("detail", ordered("code", "E" + refusal.status, "message", refusal.detail));
            case "problem" -> ordered("type", "about:blank", "title", refusal.detail, "status", refusal.status);
            default -> Map.of("detail", refusal.detail);
        };
    }

    private void send(HttpExchange exchange, Response response) throws IOException {
        var headers = exchange.getResponseHeaders();
        String text = Json.write(response.body());
        String type = choices.is("headers", "charset") ? "application/json; charset=UTF-8" : "application/json";
        if (response.body() instanceof Map<?, ?> body && body.containsKey("title")) {
            type = "application/problem+json";
        }
        if (choices.is("refusal_body", "plain_text") && response.body() instanceof Map<?, ?> body
            && body.get("detail") instanceof String sentence) {
            text = sentence + "\n";
            type = "text/plain";
        }
        if (choices.is("compact", "pretty")) {
            text = text.replace("\",\"", "\",\n  \"") + "\n";
        }
        if (choices.is("compact", "escaped") && type.startsWith("application")) {
            text = Json.ascii(text);
        }
        switch (choices.of("headers")) {
            case "request_id" -> headers.set("X-Request-Id", UUID.randomUUID().toString());
            case "cautious" -> {
                headers.set("Cache-Control", "no-store");
                headers.set("Strict-Transport-Security", "max-age=31536000");
                headers.set("X-Content-Type-Options", "nosniff");
                headers.set("Vary", "Authorization, X-Api-Key");
            }
            default -> { }
        }
        if (response.status() == 401) {
            headers.set("WWW-Authenticate", "Bearer");
        }
        pause();
        boolean empty = response.body() == null;
        if (empty) {
            exchange.sendResponseHeaders(response.status(), -1);
            return;
        }
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        headers.set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(response.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(response.status(), choices.is("headers", "chunked") ? 0 : content.length);
        try (OutputStream stream = exchange.getResponseBody()) {
            stream.write(content);
        }
    }

    private void pause() {
        if (choices.is("delay", "uneven")) {
            try {
                Thread.sleep(answered++ * 37L % 120);
            } catch (InterruptedException problem) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Response routed(HttpExchange exchange) throws IOException {
        String body = text(exchange.getRequestBody().readAllBytes());
        String path = exchange.getRequestURI().getRawPath();
        if (path.length() > 1 && path.endsWith("/") && !choices.is("trailing_slash", "404")) {
            path = path.substring(0, path.length() - 1);
            if (choices.is("trailing_slash", "redirect")) {
                exchange.getResponseHeaders().set("Location", path);
                return new Response(307, null);
            }
        }
        String method = exchange.getRequestMethod();
        if (method.equals("HEAD") && choices.is("head", "as_get")) {
            method = "GET";
        }
        Request request = new Request(exchange, method, path, query(exchange.getRequestURI().getRawQuery()), body);
        Matcher matcher;
        if ((matcher = FETCH.matcher(path)).matches()) {
            allow(request, "GET");
            return fetch(request, matcher.group(1));
        }
        if ((matcher = MANY.matcher(path)).matches()) {
            allow(request, "GET", "POST");
            return method.equals("GET") ? list(request, matcher.group(1)) : create(request, matcher.group(1));
        }
        if ((matcher = SINGLE.matcher(path)).matches()) {
            allow(request, "DELETE");
            return delete(request, matcher.group(1), matcher.group(2));
        }
        if ((matcher = GRANTS.matcher(path)).matches()) {
            allow(request, "POST");
            return grant(request, matcher.group(1), matcher.group(2));
        }
        if ((matcher = GRANT.matcher(path)).matches()) {
            allow(request, "DELETE");
            return revoke(request, matcher.group(1), matcher.group(2), matcher.group(3));
        }
        throw new Refusal(404, "Not Found");
    }

    private static void allow(Request request, String... methods) {
        if (!List.of(methods).contains(request.method())) {
            request.exchange().getResponseHeaders().set("Allow", String.join(", ", methods));
            throw new Refusal(405, "Method Not Allowed");
        }
    }

    private String text(byte[] content) {
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(content)).toString();
        } catch (CharacterCodingException problem) {
            return "\u0000";
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            String[] halves = pair.split("=", 2);
            try {
                String name = URLDecoder.decode(halves[0], StandardCharsets.UTF_8);
                query.put(name, halves.length < 2 ? "" : URLDecoder.decode(halves[1], StandardCharsets.UTF_8));
            } catch (IllegalArgumentException problem) {
                throw new Refusal(400, "The query is not well formed.");
            }
        }
        return query;
    }

    // ---------------------------------------------------------------- who may

    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private static String bearer(Request request) {
        String header = request.header("Authorization");
        if (header == null || !header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return null;
        }
        return header.substring(7).strip();
    }

    private static String lookUp(Map<String, String> secrets, String presented) {
        if (presented == null) {
            return null;
        }
        return secrets.entrySet().stream().filter(entry -> same(entry.getKey(), presented))
            .map(Map.Entry::getValue).findFirst().orElse(null);
    }

    /** The tenant that asks, by its token or by its API key. */
    private String tenant(Request request) {
        String token = bearer(request);
        String key = request.header("X-Api-Key");
        if (token == null && key == null) {
            throw new Refusal(choices.status("no_token"), "Not authenticated");
        }
        String byToken = lookUp(TOKENS, token);
        String byKey = lookUp(API_KEYS, key);
        boolean oneIsWrong = token != null && key != null && !Objects.equals(byToken, byKey);
        if (choices.is("both_credentials", "both_valid") && oneIsWrong) {
            throw new Refusal(choices.status("wrong_token"), "Invalid credentials");
        }
        boolean keyDecides = token == null || key != null && choices.is("both_credentials", "key_first");
        String tenant = keyDecides ? byKey : byToken;
        if (tenant == null) {
            throw new Refusal(choices.status("wrong_token"), "Invalid credentials");
        }
        return tenant;
    }

    private Customer customer(Request request, String customerId) {
        String tenant = tenant(request);
        for (Customer customer : CUSTOMERS) {
            if (customer.id().equalsIgnoreCase(customerId)) {
                if (customer.tenant().equals(tenant)) {
                    return customer;
                }
                throw new Refusal(choices.status("other_customer"), "Customer not found");
            }
        }
        throw new Refusal(404, "Customer not found");
    }

    private Connection connection(Customer customer, String connectionId) {
        Connection connection = connections.get(stored(connectionId));
        if (connection == null || !connection.customerId.equals(customer.id())) {
            throw new Refusal(404, "Connection not found");
        }
        return connection;
    }

    private String stored(String id) {
        return connections.containsKey(id.toLowerCase()) ? id.toLowerCase() : id.toUpperCase();
    }

    private Instance instance(Request request, String instanceId) {
        String key = bearer(request);
        if (key == null) {
            throw new Refusal(choices.status("no_token"), "Not authenticated");
        }
        Instance caller = INSTANCES.stream().filter(each -> same(each.proxyKey(), key)).findFirst()
            .orElseThrow(() -> new Refusal(choices.status("wrong_token"), "Invalid proxy key"));
        if (!caller.id().equalsIgnoreCase(instanceId)) {
            throw new Refusal(choices.status("other_instance"), "The proxy key is not of this instance");
        }
        return caller;
    }

    // ---------------------------------------------------------------- what is valid

    private static Map<String, Object> error(String type, String message, Object... location) {
        return ordered("loc", List.of(location), "msg", message, "type", type);
    }

    /** Refuse when there are errors. */
    private void refuse(List<Map<String, Object>> errors) {
        if (errors.isEmpty()) {
            return;
        }
        List<Map<String, Object>> shown = choices.is("invalid_reports", "first") ? errors.subList(0, 1) : errors;
        if (choices.is("invalid_members", "with_input_type")) {
            shown.forEach(error -> error.put("ctx", Map.of("in", ((List<?>) error.get("loc")).get(0))));
        }
        throw new Refusal(choices.status("invalid_status"), shown);
    }

    private static final Pattern HYPHENATED =
        Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private void uuids(String... namesAndIds) {
        List<Map<String, Object>> errors = new ArrayList<>();
        for (int i = 0; i < namesAndIds.length; i += 2) {
            if (!HYPHENATED.matcher(namesAndIds[i + 1]).matches()) {
                errors.add(error("uuid_parsing", "Input should be a valid UUID", "path", namesAndIds[i]));
            }
        }
        if (!errors.isEmpty() && choices.is("bad_uuid", "404")) {
            throw new Refusal(404, "Not Found");
        }
        refuse(errors);
    }

    private void noOtherQuery(Request request, String... known) {
        if (choices.is("unknown_query", "refused")) {
            List<Map<String, Object>> errors = new ArrayList<>();
            for (String name : request.query().keySet()) {
                if (!List.of(known).contains(name)) {
                    errors.add(error("extra_forbidden", "Unknown parameter", "query", name));
                }
            }
            refuse(errors);
        }
    }

    private Map<String, Object> object(Request request) {
        String type = Objects.requireNonNullElse(request.header("Content-Type"), "");
        if (choices.is("media_type", "415") && !type.toLowerCase().startsWith("application/json")) {
            throw new Refusal(415, "Unsupported Media Type");
        }
        Object body;
        try {
            body = new Json(request.body()).document();
        } catch (IllegalArgumentException problem) {
            if (choices.is("bad_json", "400")) {
                throw new Refusal(400, "The body is not JSON: " + problem.getMessage());
            }
            throw new Refusal(choices.status("invalid_status"),
                List.of(error("json_invalid", "JSON decode error", "body", 0L)));
        }
        if (body instanceof Map<?, ?> map) {
            return Json.members(map);
        }
        throw new Refusal(choices.status("invalid_status"),
            List.of(error("dict_type", "Input should be an object", "body")));
    }

    /** The checks of one body; what is wrong is in `errors` afterwards. */
    private final class Body {
        final Map<String, Object> members;
        final List<Map<String, Object>> errors = new ArrayList<>();
        private final Set<String> known = new HashSet<>();

        Body(Map<String, Object> members) {
            this.members = members;
        }

        private boolean present(String name, boolean required) {
            known.add(name);
            if (members.containsKey(name)) {
                return true;
            }
            if (required) {
                errors.add(error("missing", "Field required", "body", name));
            }
            return false;
        }

        private void wrong(String name, String type, String message) {
            errors.add(error(type, message, "body", name));
        }

        String text(String name, int longest) {
            if (!present(name, true)) {
                return null;
            }
            if (!(members.get(name) instanceof String text)) {
                wrong(name, "string_type", "Input should be a valid string");
                return null;
            }
            if (text.codePointCount(0, text.length()) > longest) {
                wrong(name, "string_too_long", "String should have at most " + longest + " characters");
            }
            return text;
        }

        String oneOf(String name, List<String> values) {
            if (!present(name, false)) {
                return values.get(0);
            }
            if (!values.contains(members.get(name))) {
                wrong(name, "enum", "Input should be one of " + values);
                return null;
            }
            return (String) members.get(name);
        }

        Map<String, Object> map(String name, boolean required) {
            if (!present(name, required) || !required && members.get(name) == null) {
                return null;
            }
            if (members.get(name) instanceof Map<?, ?> map) {
                return Json.members(map);
            }
            wrong(name, "dict_type", "Input should be a valid dictionary");
            return null;
        }

        List<Object> texts(String name, boolean required) {
            if (!present(name, required) || !required && members.get(name) == null) {
                return null;
            }
            if (!(members.get(name) instanceof List<?> list)) {
                wrong(name, "list_type", "Input should be a valid list");
                return null;
            }
            for (int i = 0; i < list.size(); i++) {
                if (!(list.get(i) instanceof String)) {
                    errors.add(error("string_type", "Input should be a valid string", "body", name, (long) i));
                }
            }
            return new ArrayList<>(list);
        }

        String uuid(String name) {
            String text = text(name, Integer.MAX_VALUE);
            if (text != null && !HYPHENATED.matcher(text).matches()) {
                wrong(name, "uuid_parsing", "Input should be a valid UUID");
            }
            return text;
        }

        void end() {
            if (choices.is("unknown_members", "refused")) {
                members.keySet().stream().filter(name -> !known.contains(name))
                    .forEach(name -> wrong(name, "extra_forbidden", "Extra inputs are not permitted"));
            }
            refuse(errors);
        }
    }

    // ---------------------------------------------------------------- operations

    private synchronized Response fetch(Request request, String instanceId) {
        if (choices.is("check_order", "access_first")) {
            instance(request, instanceId);
        }
        uuids("instance_id", instanceId);
        noOtherQuery(request, "provider", "name", "capability");
        String provider = request.query().get("provider");
        String name = request.query().get("name");
        String capability = request.query().get("capability");
        if (provider == null) {
            refuse(new ArrayList<>(List.of(error("missing", "Field required", "query", "provider"))));
        }
        Instance caller = instance(request, instanceId);
        Predicate<Connection> wanted = connection -> connection.provider.equals(provider)
            && (name == null || connection.name.equals(name));
        List<Grant> grants = new ArrayList<>();
        for (Connection connection : connections.values()) {
            if (wanted.test(connection)) {
                connection.grants.stream().filter(grant -> grant.instanceId().equals(caller.id())).forEach(grants::add);
            }
        }
        if (grants.isEmpty()) {
            throw new Refusal(statusWithoutGrant(caller, wanted), "No grant for this connection");
        }
        Grant grant = chosen(grants, capability);
        if (capability != null && !grant.capabilities().contains(capability)) {
            throw new Refusal(403, "The grant does not include " + capability);
        }
        Connection connection = connections.get(grant.connectionId());
        used(connection);
        Object credentials = new Json(vault.open(connection.credentials)).document();
        return new Response(200, ordered("credentials", credentials, "capabilities", grant.capabilities()));
    }

    private int statusWithoutGrant(Instance caller, Predicate<Connection> wanted) {
        if (!choices.is("no_grant", "known_403")) {
            return choices.status("no_grant");
        }
        boolean known = connections.values().stream()
            .anyMatch(connection -> connection.customerId.equals(caller.customer()) && wanted.test(connection));
        return known ? 403 : 404;
    }

    private Grant chosen(List<Grant> grants, String capability) {
        grants.sort(Comparator.comparing(Grant::grantedAt));
        Grant newest = grants.get(grants.size() - 1);
        return switch (choices.of("several_matches")) {
            case "oldest_grant" -> grants.get(0);
            case "capable_first" -> grants.stream()
                .filter(grant -> capability != null && grant.capabilities().contains(capability))
                .findFirst().orElse(newest);
            case "409" -> {
                if (grants.stream().map(Grant::connectionId).distinct().count() > 1) {
                    throw new Refusal(409, "Several connections match; give a name");
                }
                yield newest;
            }
            default -> newest;
        };
    }

    private void used(Connection connection) {
        switch (choices.of("last_used")) {
            case "at_once" -> connection.lastUsedAt = Instant.now();
            case "to_the_hour" -> connection.lastUsedAt = Instant.now().truncatedTo(ChronoUnit.HOURS);
            default -> { }
        }
    }

    private synchronized Response list(Request request, String customerId) {
        Customer customer = customerOf(request, customerId, () -> uuids("customer_id", customerId));
        noOtherQuery(request, "limit", "offset", "cursor");
        List<Connection> mine = new ArrayList<>(connections.values().stream()
            .filter(connection -> connection.customerId.equals(customer.id())).toList());
        mine.sort(Comparator.comparing(connection -> connection.createdAt));
        switch (choices.of("list_order")) {
            case "newest_first" -> Collections.reverse(mine);
            case "by_provider" -> mine.sort(Comparator.comparing(connection -> connection.provider));
            case "recently_updated" ->
                mine.sort(Comparator.comparing((Connection connection) -> connection.updatedAt).reversed());
            default -> { }
        }
        int total = mine.size();
        Map<String, Object> body = ordered("connections", null, "total", total);
        List<Connection> page = mine;
        if (!choices.is("paging", "none")) {
            int offset = number(request, choices.is("paging", "cursor") ? "cursor" : "offset", 0);
            int end = Math.min(total, offset + number(request, "limit", 50));
            page = mine.subList(Math.min(offset, total), Math.max(end, Math.min(offset, total)));
            body.put("next_cursor", end < total ? String.valueOf(end) : null);
        }
        body.put("connections", page.stream().map(this::view).toList());
        return new Response(200, body);
    }

    private int number(Request request, String name, int usual) {
        String text = request.query().getOrDefault(name, String.valueOf(usual));
        if (!text.matches("\\d{1,6}")) {
            refuse(new ArrayList<>(List.of(error("int_parsing", "Input should be a valid integer", "query", name))));
        }
        return Integer.parseInt(text);
    }

    /** The customer of the path, checked before or after the input. */
    private Customer customerOf(Request request, String customerId, Runnable input) {
        if (choices.is("check_order", "input_first")) {
            input.run();
            return customer(request, customerId);
        }
        tenant(request);
        input.run();
        return customer(request, customerId);
    }

    private synchronized Response create(Request request, String customerId) {
        Body[] checked = new Body[1];
        Connection connection = new Connection();
        Map<String, Object> credentials = new LinkedHashMap<>();
        Customer customer = customerOf(request, customerId, () -> {
            uuids("customer_id", customerId);
            Body body = new Body(object(request));
            connection.provider = body.text("provider", 50);
            connection.name = body.text("name", 255);
            connection.authType = body.oneOf("auth_type", AUTH_TYPES);
            Map<String, Object> given = body.map("credentials", true);
            connection.metadata = body.map("metadata_json", false);
            connection.scopes = body.texts("scopes", false);
            if (given != null) {
                credentials.putAll(given);
            }
            stricter(body, connection, given);
            body.end();
            checked[0] = body;
        });
        unique(customer, connection);
        connection.id = newId();
        connection.customerId = customer.id();
        connection.credentials = vault.lock(Json.write(credentials));
        if (connection.scopes == null && choices.is("no_scopes", "empty")) {
            connection.scopes = List.of();
        }
        connection.status = switch (choices.of("status")) {
            case "connected" -> "connected";
            case "pending_first" -> "pending";
            default -> "active";
        };
        connection.createdAt = Instant.now();
        connection.updatedAt = connection.createdAt;
        connection.expiresAt = expiry(connection, credentials);
        connections.put(connection.id, connection);
        String path = request.path() + "/" + connection.id;
        switch (choices.of("location")) {
            case "absolute" -> request.exchange().getResponseHeaders()
                .set("Location", "http://" + request.header("Host") + path);
            case "path" -> request.exchange().getResponseHeaders().set("Location", path);
            default -> { }
        }
        return new Response(choices.status("created"), view(connection));
    }

    private void stricter(Body body, Connection connection, Map<String, Object> credentials) {
        if (choices.is("providers", "known") && connection.provider != null
            && !KNOWN_PROVIDERS.contains(connection.provider)) {
            body.wrong("provider", "unknown_provider", "Unknown provider");
        }
        boolean blank = connection.name != null && connection.name.isBlank()
            || connection.provider != null && connection.provider.isBlank();
        if (choices.is("names", "not_blank") && blank) {
            body.wrong("name", "blank", "Name and provider may not be blank");
        }
        if (choices.is("no_credentials", "refused") && credentials != null && credentials.isEmpty()) {
            body.wrong("credentials", "too_short", "Credentials may not be empty");
        }
    }

    private void unique(Customer customer, Connection made) {
        boolean taken = connections.values().stream().anyMatch(connection ->
            connection.customerId.equals(customer.id()) && connection.name.equals(made.name)
                && (choices.is("same_name", "409") || connection.provider.equals(made.provider)));
        if (taken && !choices.is("same_name", "allowed")) {
            throw new Refusal(409, "A connection with this name exists");
        }
    }

    private Instant expiry(Connection connection, Map<String, Object> credentials) {
        if (choices.is("expires", "hour_for_oauth2") && connection.authType.equals("oauth2")) {
            return connection.createdAt.plusSeconds(3600);
        }
        boolean given = choices.is("expires", "from_credentials") && credentials.get("expires_in") instanceof Long;
        return given ? connection.createdAt.plusSeconds((Long) credentials.get("expires_in")) : null;
    }

    private synchronized Response delete(Request request, String customerId, String connectionId) {
        Customer customer = customerOf(request, customerId,
            () -> uuids("customer_id", customerId, "connection_id", connectionId));
        if (choices.is("deleting_twice", "204") && !connections.containsKey(stored(connectionId))) {
            return new Response(choices.status("deleted"), null);
        }
        Connection connection = connection(customer, connectionId);
        if (choices.is("deleting_granted", "409") && !connection.grants.isEmpty()) {
            throw new Refusal(409, "Revoke the grants of this connection first");
        }
        connections.remove(connection.id);
        return new Response(choices.status("deleted"), null);
    }

    private synchronized Response grant(Request request, String customerId, String connectionId) {
        List<List<Object>> capabilities = new ArrayList<>();
        List<String> instanceId = new ArrayList<>();
        Customer customer = customerOf(request, customerId, () -> {
            uuids("customer_id", customerId, "connection_id", connectionId);
            Body body = new Body(object(request));
            capabilities.add(body.texts("capabilities", true));
            instanceId.add(body.uuid("instance_id"));
            if (choices.is("no_capabilities", "refused") && capabilities.get(0) != null
                && capabilities.get(0).isEmpty()) {
                body.wrong("capabilities", "too_short", "List should have at least 1 item");
            }
            body.end();
        });
        Connection connection = connection(customer, connectionId);
        Instance instance = INSTANCES.stream()
            .filter(each -> each.id().equalsIgnoreCase(instanceId.get(0)) && each.customer().equals(customer.id()))
            .findFirst().orElseThrow(() -> otherInstance());
        List<Grant> earlier = connection.grants.stream()
            .filter(grant -> grant.instanceId().equals(instance.id())).toList();
        if (choices.is("same_grant", "409") && !earlier.isEmpty()) {
            throw new Refusal(409, "The instance has a grant for this connection");
        }
        if (choices.is("same_grant", "replaced")) {
            connection.grants.removeAll(earlier);
        }
        List<Object> granted = arranged(capabilities.get(0));
        Grant grant = new Grant(newId(), connection.id, instance.id(), granted, Instant.now());
        connection.grants.add(grant);
        connection.updatedAt = grant.grantedAt();
        return new Response(choices.status("created"), view(grant));
    }

    private Refusal otherInstance() {
        if (choices.is("granting_other", "422")) {
            return new Refusal(choices.status("invalid_status"),
                List.of(error("value_error", "Instance not found", "body", "instance_id")));
        }
        return new Refusal(choices.status("granting_other"), "Instance not found");
    }

    private List<Object> arranged(List<Object> capabilities) {
        return switch (choices.of("capabilities")) {
            case "sorted" -> new ArrayList<>(capabilities.stream().sorted().toList());
            case "unique" -> new ArrayList<>(capabilities.stream().distinct().toList());
            default -> capabilities;
        };
    }

    private synchronized Response revoke(Request request, String customerId, String connectionId, String grantId) {
        Customer customer = customerOf(request, customerId,
            () -> uuids("customer_id", customerId, "connection_id", connectionId, "grant_id", grantId));
        Connection connection = connection(customer, connectionId);
        boolean removed = connection.grants.removeIf(grant -> grant.id().equalsIgnoreCase(grantId));
        if (!removed && choices.is("deleting_twice", "404")) {
            throw new Refusal(404, "Grant not found");
        }
        return new Response(choices.status("deleted"), null);
    }

    // ---------------------------------------------------------------- how it is shown

    private Object view(Connection connection) {
        List<Object> grants = new ArrayList<>();
        if (choices.is("listed_grants", "objects")) {
            connection.grants.forEach(grant -> grants.add(view(grant)));
        }
        if (connection.status.equals("pending") && connection.lastUsedAt != null) {
            connection.status = "active";
        }
        Map<String, Object> view = ordered(
            "auth_type", connection.authType,
            "created_at", time(connection.createdAt),
            "customer_id", connection.customerId,
            "error_message", null,
            "expires_at", time(connection.expiresAt),
            "grants", grants,
            "id", connection.id,
            "last_used_at", time(connection.lastUsedAt),
            "name", connection.name,
            "provider", connection.provider,
            "scopes", connection.scopes,
            "status", connection.status,
            "updated_at", time(connection.updatedAt));
        switch (choices.of("more_members")) {
            case "metadata" -> view.put("metadata_json", connection.metadata);
            case "links" -> view.put("_links", Map.of("self",
                Map.of("href", "/v1/customers/" + connection.customerId + "/connections/" + connection.id)));
            default -> { }
        }
        if (choices.is("absent", "omitted")) {
            view.values().removeIf(Objects::isNull);
        }
        return view;
    }

    private Object view(Grant grant) {
        return ordered(
            "capabilities", grant.capabilities(),
            "connection_id", grant.connectionId(),
            "granted_at", time(grant.grantedAt()),
            "id", grant.id(),
            "instance_id", grant.instanceId());
    }

    private String time(Instant instant) {
        if (instant == null) {
            return null;
        }
        return switch (choices.of("times")) {
            case "micros_offset" -> DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxx")
                .format(instant.atOffset(ZoneOffset.UTC));
            case "sydney" -> DateTimeFormatter.ISO_OFFSET_DATE_TIME
                .format(instant.truncatedTo(ChronoUnit.SECONDS).atZone(ZoneId.of("Australia/Sydney")));
            case "nanos" -> instant.toString();
            default -> instant.truncatedTo(ChronoUnit.SECONDS).toString();
        };
    }

    private String newId() {
        UUID random = UUID.randomUUID();
        return switch (choices.of("ids")) {
            case "uuid7" -> new UUID(System.currentTimeMillis() << 16 | 0x7000L | random.getMostSignificantBits() & 0xFFFL,
                random.getLeastSignificantBits()).toString();
            case "upper_case" -> random.toString().toUpperCase();
            default -> random.toString();
        };
    }

    private static Map<String, Object> ordered(Object... namesAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }

    // ---------------------------------------------------------------- JSON

    /** A strict reader of JSON (RFC 8259), and a writer. */
    static final class Json {
        private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");
        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        Object document() {
            Object value = value(0);
            space();
            if (at < text.length()) {
                throw wrong();
            }
            return value;
        }

        static Map<String, Object> members(Map<?, ?> map) {
            Map<String, Object> members = new LinkedHashMap<>();
            map.forEach((name, value) -> members.put((String) name, value));
            return members;
        }

        private IllegalArgumentException wrong() {
            return new IllegalArgumentException("unexpected text at position " + at);
        }

        private void space() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private boolean skip(char sign) {
            space();
            boolean there = at < text.length() && text.charAt(at) == sign;
            at += there ? 1 : 0;
            return there;
        }

        private void need(char sign) {
            if (!skip(sign)) {
                throw wrong();
            }
        }

        private Object value(int depth) {
            if (depth > 100) {
                throw wrong();
            }
            space();
            if (skip('{')) {
                return map(depth);
            }
            if (skip('[')) {
                return list(depth);
            }
            if (at < text.length() && text.charAt(at) == '"') {
                return string();
            }
            for (String word : List.of("true", "false", "null")) {
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return word.equals("null") ? null : (Object) word.equals("true");
                }
            }
            Matcher number = NUMBER.matcher(text).region(at, text.length());
            if (!number.lookingAt()) {
                throw wrong();
            }
            at = number.end();
            boolean whole = number.group(2) == null && number.group(3) == null && number.group().length() < 19;
            return whole ? (Object) Long.valueOf(number.group()) : new java.math.BigDecimal(number.group());
        }

        private Map<String, Object> map(int depth) {
            Map<String, Object> map = new LinkedHashMap<>();
            if (skip('}')) {
                return map;
            }
            do {
                space();
                String name = string();
                need(':');
                map.put(name, value(depth + 1));
            } while (skip(','));
            need('}');
            return map;
        }

        private List<Object> list(int depth) {
            List<Object> list = new ArrayList<>();
            if (skip(']')) {
                return list;
            }
            do {
                list.add(value(depth + 1));
            } while (skip(','));
            need(']');
            return list;
        }

        private String string() {
            need('"');
            StringBuilder string = new StringBuilder();
            while (at < text.length()) {
                char sign = text.charAt(at++);
                if (sign == '"') {
                    return string.toString();
                }
                if (sign < ' ') {
                    throw wrong();
                }
                string.append(sign == '\\' ? escaped() : sign);
            }
            throw wrong();
        }

        private char escaped() {
            char sign = at < text.length() ? text.charAt(at++) : ' ';
            int plain = "\"\\/bfnrt".indexOf(sign);
            if (plain >= 0) {
                return "\"\\/\b\f\n\r\t".charAt(plain);
            }
            if (sign != 'u' || at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
                throw wrong();
            }
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        }

        static String write(Object value) {
            StringBuilder out = new StringBuilder();
            write(value, out);
            return out.toString();
        }

        private static void write(Object value, StringBuilder out) {
            if (value instanceof String string) {
                quote(string, out);
            } else if (value instanceof Map<?, ?> map) {
                String separator = "{";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator);
                    quote((String) entry.getKey(), out);
                    out.append(':');
                    write(entry.getValue(), out);
                    separator = ",";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            } else if (value instanceof List<?> list) {
                out.append('[');
                for (int i = 0; i < list.size(); i++) {
                    out.append(i > 0 ? "," : "");
                    write(list.get(i), out);
                }
                out.append(']');
            } else {
                out.append(value);
            }
        }

        private static void quote(String string, StringBuilder out) {
            out.append('"');
            for (char sign : string.toCharArray()) {
                if (sign == '"' || sign == '\\') {
                    out.append('\\').append(sign);
                } else if (sign < ' ' || Character.isSurrogate(sign)) {
                    out.append(String.format("\\u%04x", (int) sign));
                } else {
                    out.append(sign);
                }
            }
            out.append('"');
        }

        static String ascii(String json) {
            StringBuilder out = new StringBuilder();
            for (char sign : json.toCharArray()) {
                out.append(sign < 127 ? String.valueOf(sign) : String.format("\\u%04x", (int) sign));
            }
            return out.toString();
        }
    }
}
