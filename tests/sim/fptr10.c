/*
 * A stand-in for ATOL's driver 10 (`fptr10.dll`, `libfptr10.so`) for tests: the same exports, no register behind
 * them. What it answers and how it misbehaves is written in a scenario: the file named by FPTR10_SCENARIO, else
 * `fptr10.scenario` beside this library. README.md here describes the format; `fptr10.scenario.example` is a
 * healthy register.
 *
 * It is strict where that shows a client's mistake: a call uses up its inputs, only the results of the last call
 * can be read, a call without a handle aborts, a wrong scenario fails `create`.
 *
 * -DFPTR10_OLD leaves out what an old driver lacks; -DFPTR10_FOREIGN builds a library that has the right file
 * name and none of the right functions.
 */
#define _GNU_SOURCE /* dladdr, localtime_r, usleep */
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define __MINGW_USE_VC2005_COMPAT /* time_t of 64 bits in 32-bit builds too, for dates beyond 2038 */
#include <windows.h>
#include <io.h>
#define EXPORT __declspec(dllexport)
#else
#include <dlfcn.h>
#include <sys/file.h>
#define EXPORT __attribute__((visibility("default")))
#endif
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#ifdef FPTR10_FOREIGN

EXPORT int unrelated_function(void) { return 0; }

#else

enum {
    PATH_SIZE = 4096, /* bytes of UTF-8; a longer path is reported, not cut */
    LINK_SIZE = 256,
    TEXT_LIMIT = 1 << 20 /* units; far beyond any driver, small enough for any test machine */
};

/* ---- Memory ---- */

/* What belongs together is freed together, so nothing below frees single values. */
struct arena {
    union block {
        union block *next;
        long double alignment;
    } *blocks;
};

static void *take(struct arena *arena, size_t size) {
    union block *block = calloc(1, sizeof *block + size);
    if (!block) {
        fputs("fptr10 simulator: out of memory\n", stderr);
        abort();
    }
    block->next = arena->blocks;
    arena->blocks = block;
    return block + 1;
}

static void release(struct arena *arena) {
    for (union block *next; arena->blocks; arena->blocks = next) {
        next = arena->blocks->next;
        free(arena->blocks);
    }
}

/* ---- Text: units of UTF-16 or UTF-32 as the platform has it, any unit but zero allowed ---- */

static const wchar_t *copy_text(struct arena *arena, const wchar_t *text) {
    size_t size = wcslen(text ? text : L"") + 1;
    return wmemcpy(take(arena, size * sizeof *text), text ? text : L"", size);
}

static wchar_t lower(wchar_t letter) { return letter >= L'A' && letter <= L'Z' ? letter + 32 : letter; }

static bool same_ignoring_case(const wchar_t *a, const wchar_t *b) {
    while (*a && lower(*a) == lower(*b))
        a++, b++;
    return lower(*a) == lower(*b);
}

static bool is_high(uint32_t unit) { return unit >> 10 == 0x36; } /* surrogates, D800 and DC00 */
static bool is_low(uint32_t unit) { return unit >> 10 == 0x37; }

/* The character at *at, which is moved past it; -1 for what is not strict UTF-8. */
static int32_t next_point(const char **at) {
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)*at;
    int more = bytes[0] < 0x80 ? 0 : bytes[0] < 0xE0 ? 1 : bytes[0] < 0xF0 ? 2 : 3;
    uint32_t point = more ? bytes[0] & (0x3F >> more) : bytes[0];
    bool good = bytes[0] < 0x80 || (bytes[0] >= 0xC0 && bytes[0] < 0xF8);
    for (int i = 1; good && i <= more; i++) {
        good = (bytes[i] & 0xC0) == 0x80;
        point = point << 6 | (bytes[i] & 0x3F);
    }
    *at += good ? more + 1 : 0;
    good = good && point >= smallest[more] && point <= 0x10FFFF && !is_high(point) && !is_low(point);
    return good ? (int32_t)point : -1;
}

/* Writes one character, or one raw unit, and returns how many units that took. */
static size_t write_point(wchar_t *units, uint32_t point) {
    bool pair = sizeof(wchar_t) == 2 && point > 0xFFFF;
    if (pair)
        *units++ = (wchar_t)(0xD800 + ((point - 0x10000) >> 10));
    *units = (wchar_t)(pair ? 0xDC00 + ((point - 0x10000) & 0x3FF) : point);
    return pair ? 2 : 1;
}

static void put_point(FILE *file, uint32_t point) {
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    uint32_t lead = more ? (0xF00 >> more & 0xFF) | point >> 6 * more : point;
    putc(lead < ' ' ? ' ' : (int)lead, file); /* a line stays a line */
    while (more--)
        putc((int)(0x80 | (point >> 6 * more & 0x3F)), file);
}

static void put_text(FILE *file, const wchar_t *text) {
    for (; *text; text++) {
        uint32_t point = (uint32_t)*text;
        if (is_high(point) && is_low((uint32_t)text[1]))
            point = 0x10000 + ((point - 0xD800) << 10) + ((uint32_t)*++text - 0xDC00);
        put_point(file, point > 0x10FFFF || is_high(point) || is_low(point) ? 0xFFFD : point);
    }
}

/* ---- Platform: paths are UTF-8 ---- */

#ifdef _WIN32

static bool narrow(const wchar_t *wide, char *out) {
    return WideCharToMultiByte(CP_UTF8, 0, wide, -1, out, PATH_SIZE, NULL, NULL) > 0;
}

static bool scenario_variable(char *out) {
    wchar_t value[PATH_SIZE];
    DWORD length = GetEnvironmentVariableW(L"FPTR10_SCENARIO", value, PATH_SIZE);
    return length > 0 && length < PATH_SIZE && narrow(value, out);
}

static bool library_path(char *out) {
    wchar_t name[PATH_SIZE];
    HMODULE self;
    DWORD how = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    return GetModuleHandleExW(how, (LPCWSTR)(uintptr_t)&library_path, &self) &&
           GetModuleFileNameW(self, name, PATH_SIZE) < PATH_SIZE && narrow(name, out);
}

static FILE *open_file(const char *path, const char *mode) {
    wchar_t wide[PATH_SIZE];
    bool valid = MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, PATH_SIZE) > 0;
    return valid ? _wfopen(wide, *mode == 'r' ? L"rb" : L"ab") : NULL;
}

/* Locks a byte far behind the end: locks are mandatory here, and readers shall not notice. */
static void lock_file(FILE *file) {
    OVERLAPPED where = {.OffsetHigh = 0x40000000};
    LockFileEx((HANDLE)_get_osfhandle(_fileno(file)), LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where);
}

/* One per thread here. */
static struct tm local_time(time_t now) { return *localtime(&now); }

#else

static bool scenario_variable(char *out) {
    const char *value = getenv("FPTR10_SCENARIO");
    return value && *value && snprintf(out, PATH_SIZE, "%s", value) < PATH_SIZE;
}

static bool library_path(char *out) {
    static const char anchor;
    Dl_info info;
    return dladdr(&anchor, &info) && snprintf(out, PATH_SIZE, "%s", info.dli_fname) < PATH_SIZE;
}

static FILE *open_file(const char *path, const char *mode) { return fopen(path, mode); }

static void lock_file(FILE *file) { flock(fileno(file), LOCK_EX); }

static struct tm local_time(time_t now) {
    struct tm at;
    return *localtime_r(&now, &at);
}

#endif

static void sleep_ms(unsigned milliseconds) {
    for (; milliseconds > 500; milliseconds -= 500)
        usleep(500000); /* a second and more need not be accepted */
    usleep(milliseconds * 1000);
}

/* Puts `file` into the folder of `beside`. */
static bool join(char *out, const char *beside, const char *file) {
    size_t folder = strlen(beside);
    while (folder && !strchr("/\\", beside[folder - 1]))
        folder--;
    return snprintf(out, PATH_SIZE, "%.*s%s", (int)folder, beside, file) < PATH_SIZE;
}

/* ---- The driver's numbers ---- */

enum { PARAM_DATA_TYPE = 65587, PARAM_FN_DATA_TYPE = 65622, PARAM_RECORDS_TYPE = 65668, PARAM_RECORDS_ID = 65764 };
enum {
    OK = 0, DISABLED = 1, NO_CONNECTION = 2, PORT_NOT_AVAILABLE = 4, INCORRECT_DATA = 5, NO_REQUIRED_PARAM = 8,
    INVALID_SETTINGS = 9, NOT_SUPPORTED = 11, NO_MORE_DATA = 30, MESSAGE_COUNT
};

/* The wording is ours; NULL where the simulator has no use for the code. */
static const wchar_t *const messages[MESSAGE_COUNT] = {
    [OK] = L"Ошибок нет",
    [DISABLED] = L"Соединение не установлено",
    [NO_CONNECTION] = L"Нет связи",
    [PORT_NOT_AVAILABLE] = L"Порт недоступен",
    [INCORRECT_DATA] = L"Некорректные данные",
    [NO_REQUIRED_PARAM] = L"Не задан обязательный параметр",
    [INVALID_SETTINGS] = L"Некорректные настройки",
    [NOT_SUPPORTED] = L"Не поддерживается",
    [NO_MORE_DATA] = L"Нет больше данных",
};

static const wchar_t *message_for(int code) {
    return code >= 0 && code < MESSAGE_COUNT && messages[code] ? messages[code] : L"";
}

/* The vendor's names without LIBFPTR_PARAM_, _DT_, _FNDT_, _UT_, _RT_; each table ends with no name. */
struct name {
    const char *name;
    unsigned number;
};
static const struct name no_names[] = {{NULL, 0}};
static const struct name params[] = {
    {"DATA_TYPE", PARAM_DATA_TYPE}, {"FN_DATA_TYPE", PARAM_FN_DATA_TYPE}, {"RECORDS_TYPE", PARAM_RECORDS_TYPE},
    {"RECORDS_ID", PARAM_RECORDS_ID}, {"SERIAL_NUMBER", 65559}, {"MODEL_NAME", 65603}, {"DATE_TIME", 65590},
    {"UNIT_TYPE", 65609}, {"UNIT_VERSION", 65604}, {"UNIT_RELEASE_VERSION", 65737}, {"FFD_VERSION", 65629},
    {"DEVICE_FFD_VERSION", 65627}, {"REGISTRATIONS_COUNT", 65638}, {"DOCUMENT_NUMBER", 65598},
    {"FN_EXECUTION", 65874}, {"TRADE_MARKED_PRODUCTS", 65855}, {"LICENSE_NUMBER", 65610}, {"LICENSE_NAME", 65821},
    {"LICENSE_VALID_FROM", 65824}, {"LICENSE_VALID_UNTIL", 65825}, {"RECEIPT_PAPER_PRESENT", 65594},
    {"PAPER_NEAR_END", 65748}, {"COVER_OPENED", 65595}, {"SHIFT_STATE", 65592}, {"SHIFT_NUMBER", 65599},
    {"NO_SERIAL_NUMBER", 65671}, {"RTC_FAULT", 65672}, {"SETTINGS_FAULT", 65673}, {"COUNTERS_FAULT", 65674},
    {"USER_MEMORY_FAULT", 65675}, {"SERVICE_COUNTERS_FAULT", 65676}, {"ATTRIBUTES_FAULT", 65677},
    {"FN_FAULT", 65678}, {"INVALID_FN", 65679}, {"HARD_FAULT", 65680}, {"MEMORY_MANAGER_FAULT", 65681},
    {"SCRIPTS_FAULT", 65682}, {"WAIT_FOR_REBOOT", 65684}, {"UNIVERSAL_COUNTERS_FAULT", 65822},
    {"DEVICE_UPTIME", 65694}, {"OFD_EXCHANGE_STATUS", 65640}, {"DOCUMENTS_COUNT", 65625},
    {"OFD_MESSAGE_READ", 65691}, {"FN_NEED_REPLACEMENT", 65686}, {"FN_RESOURCE_EXHAUSTED", 65687},
    {"FN_MEMORY_OVERFLOW", 65688}, {"FN_CRITICAL_ERROR", 65690}, {"FN_DAYS_REMAIN", 65817},
    {"NETWORK_ERROR_TEXT", 65698}, {"OFD_ERROR_TEXT", 65700}, {"FN_ERROR_TEXT", 65699}, {"COMMAND_CODE", 65666},
    {NULL, 0},
};
static const struct name data_types[] = {
    {"STATUS", 0}, {"UNIT_VERSION", 2}, {"DATE_TIME", 13}, {"SHIFT_STATE", 14}, {"SERIAL_NUMBER", 16},
    {"FATAL_STATUS", 34}, {"DEVICE_UPTIME", 36}, {"LAST_SENT_OFD_DOCUMENT_DATE_TIME", 40}, {"SHORT_STATUS", 41},
    {NULL, 0},
};
static const struct name fn_data_types[] = {
    {"OFD_EXCHANGE_STATUS", 1}, {"FN_INFO", 2}, {"LAST_REGISTRATION", 3}, {"FFD_VERSIONS", 7}, {"VALIDITY", 8},
    {"REG_INFO", 9}, {"ERRORS", 11}, {"DOCUMENT_BY_NUMBER", 13}, {"VALIDITY_DAYS", 16}, {NULL, 0},
};
static const struct name units[] = {{"FIRMWARE", 0}, {"CONFIGURATION", 1}, {"BOOT", 4}, {NULL, 0}};
static const struct name record_types[] = {{"LICENSES", 4}, {NULL, 0}};

static bool find_number(const struct name *table, const char *word, unsigned *out) {
    while (table->name && strcmp(table->name, word) != 0)
        table++;
    char *end = "";
    long long number = table->name ? table->number : strtoll(word, &end, 10);
    *out = (unsigned)number;
    return end != word && !*end && number >= INT_MIN && number <= UINT_MAX;
}

static void put_param(FILE *file, unsigned param) {
    const struct name *known = params;
    while (known->name && known->number != param)
        known++;
    if (known->name)
        fputs(known->name, file);
    else
        fprintf(file, "%u", param);
}

/* ---- Values ---- */

enum type { TYPE_NONE, TYPE_TEXT, TYPE_INT, TYPE_BOOL, TYPE_TIME };
enum { TIME_PARTS = 6 }; /* year, month, day, hour, minute, second */

/* Lists of values only grow at the head: what is put later hides what was there, and answers can share a tail. */
struct value {
    const struct value *next;
    unsigned param;
    enum type type; /* TYPE_NONE: as if the parameter were absent */
    bool strict;    /* seen only by the getter of this very type */
    const wchar_t *text;
    unsigned number;
    int parts[TIME_PARTS]; /* as given, possible or not; if relative, counted from now or midnight */
    bool relative, from_midnight;
};

static const struct value *find_value(const struct value *values, unsigned param) {
    while (values && values->param != param)
        values = values->next;
    return values;
}

static void resolve_time(const struct value *value, int parts[TIME_PARTS]) {
    memcpy(parts, value->parts, sizeof value->parts);
    if (!value->relative)
        return;
    struct tm at = local_time(time(NULL));
    if (value->from_midnight)
        at.tm_hour = at.tm_min = at.tm_sec = 0;
    at.tm_mday += parts[2];
    at.tm_hour += parts[3];
    at.tm_min += parts[4];
    at.tm_sec += parts[5];
    at.tm_isdst = -1;
    mktime(&at); /* carries over */
    int resolved[] = {at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec};
    memcpy(parts, resolved, sizeof resolved);
}

static unsigned as_number(const struct value *value) {
    return value->type == TYPE_TEXT ? (unsigned)wcstoul(value->text, NULL, 10) : value->number;
}

enum { SCRATCH = 96 }; /* six ints with separators */

static const wchar_t *as_text(const struct value *value, wchar_t scratch[SCRATCH]) {
    int p[TIME_PARTS];
    resolve_time(value, p);
    if (value->type == TYPE_TIME)
        swprintf(scratch, SCRATCH, L"%04d-%02d-%02d %02d:%02d:%02d", p[0], p[1], p[2], p[3], p[4], p[5]);
    else
        swprintf(scratch, SCRATCH, L"%u", value->number);
    return value->type == TYPE_TEXT ? value->text : scratch;
}

/* ---- The scenario ---- */

/* Which call an answer answers. The first three are refused if the scenario has no answer. */
enum kind {
    ON_QUERY, ON_FN_QUERY, ON_BEGIN, ON_RECORD, ON_EXHAUSTED, ON_END, ON_OPEN, ON_CLOSE, ON_REBOOT, ON_BEEP, KIND_COUNT
};
enum fault {
    FAULT_NONE, FAULT_ERROR, FAULT_HANG, FAULT_CRASH, FAULT_ABORT, FAULT_EXIT,
    FAULT_DROP,       /* this call fails and so do all later ones */
    FAULT_DROP_AFTER, /* this call succeeds, all later ones fail */
    FAULT_RESTART     /* of ON_EXHAUSTED only: the records never end */
};

struct answer {
    struct answer *next;
    enum kind kind;
    unsigned type;              /* of a query or of records */
    const char *condition;      /* as written; "" for none */
    const struct value *wanted; /* the same, read: TYPE_NONE wants any value */
    unsigned delay_ms;
    enum fault fault;
    unsigned code; /* of FAULT_ERROR and FAULT_EXIT */
    const wchar_t *message;
    enum { HONEST, CLAIMS_SIZE, CLAIMS_MORE } honesty; /* about the size a text needs; more: than offered */
    unsigned claimed_size;
    const struct value *values;
};

/* What an answer is before the scenario says more. */
static const struct value records_id = {.param = PARAM_RECORDS_ID, .type = TYPE_TEXT, .text = L"records-1"};
static const struct answer defaults[KIND_COUNT] = {
    [ON_BEGIN] = {.values = &records_id},
    [ON_EXHAUSTED] = {.fault = FAULT_ERROR, .code = NO_MORE_DATA, .message = L"Нет больше данных"},
};

struct device {
    struct device *next;
    const wchar_t *link; /* com:COM5, tcp:HOST:PORT or usb */
    unsigned baud;       /* 0: any */
    struct answer *answers;
};

struct scenario {
    struct arena arena;
    const char *version;
    const char *journal; /* NULL: none */
    struct device *devices;
};

static struct device *find_device(const struct scenario *scenario, const wchar_t *link) {
    struct device *device = scenario->devices;
    while (device && !same_ignoring_case(device->link, link))
        device = device->next;
    return device;
}

/* ---- Reading a scenario: a line is a sequence of words, each of which takes what belongs to it ---- */

struct parser {
    struct scenario *scenario;
    const char *path;
    int line;
    char *rest;            /* of the line */
    int detail;            /* of the word being parsed, from the table of words */
    struct device *device; /* what the next word may belong to; NULL where there is none */
    struct answer *answer;
    bool in_records;
    unsigned records_type;
    bool strict; /* `strict` and `repeat` hold for their line */
    unsigned times;
};

static bool fail(const struct parser *parser, const char *reason, const char *what) {
    fprintf(stderr, "fptr10 simulator: %s:%d: %s: %s\n", parser->path, parser->line, reason, what);
    return false;
}

static void *keep(struct parser *parser, const void *data, size_t size) {
    return memcpy(take(&parser->scenario->arena, size), data, size);
}

static char *skip_blanks(struct parser *parser) { return parser->rest += strspn(parser->rest, " \t"); }

static char *next_word(struct parser *parser) {
    char *word = skip_blanks(parser);
    parser->rest += strcspn(word, " \t");
    if (*parser->rest)
        *parser->rest++ = '\0';
    return word;
}

static char *rest_of_line(struct parser *parser) {
    char *rest = skip_blanks(parser);
    parser->rest += strlen(rest);
    return rest;
}

static bool next_number(struct parser *parser, const struct name *table, unsigned *out) {
    const char *word = next_word(parser);
    return find_number(table, word, out) || fail(parser, "neither a number nor a known name", word);
}

#define HEX "0123456789abcdefABCDEF"

/* The value of the escape at *at, which is moved past it; 0 if it is none. */
static uint32_t next_escape(const char **at) {
    static const char letters[] = "nt\\", meanings[] = "\n\t\\";
    const char letter = (*at)[1], *simple = letter ? strchr(letters, letter) : NULL;
    char digits[7] = "";
    int used = simple ? 2 : 0;
    if (letter == 'x')
        sscanf(*at, "\\x%2[" HEX "]%n", digits, &used);
    if (letter == 'u')
        sscanf(*at, "\\u{%6[" HEX "]}%n", digits, &used);
    bool whole = used > 0 && (letter != 'x' || used == 4);
    unsigned long value = simple ? (unsigned char)meanings[simple - letters] : strtoul(digits, NULL, 16);
    *at += used;
    return whole && value <= 0x10FFFF ? (uint32_t)value : 0;
}

/* A character never takes more units than its UTF-8 or its escape takes bytes. */
static bool parse_text(struct parser *parser, const char *at, const wchar_t **out) {
    size_t length = 0, most = strlen(at);
    if (most > TEXT_LIMIT / parser->times)
        return fail(parser, "too long a text", at);
    wchar_t *text = take(&parser->scenario->arena, (most * parser->times + 1) * sizeof *text);
    while (*at) {
        const char *start = at;
        uint32_t point = *at == '\\' ? next_escape(&at) : (uint32_t)next_point(&at); /* the line is UTF-8 */
        if (!point)
            return fail(parser, "not an escape", start);
        length += write_point(text + length, point);
    }
    for (unsigned i = 1; i < parser->times; i++)
        wmemcpy(text + i * length, text, length);
    text[length * parser->times] = L'\0';
    *out = text;
    return true;
}

/* `now` or `today`, which is its midnight, either with an offset such as +400d; or six numbers. */
static bool parse_time(struct parser *parser, struct value *value) {
    static const char letters[] = "dhms";
    const char *text = rest_of_line(parser), *letter = "";
    int *p = value->parts, amount, used = 0;
    char unit = 0;
    value->from_midnight = strncmp(text, "today", 5) == 0;
    value->relative = value->from_midnight || strncmp(text, "now", 3) == 0;
    if (!value->relative) { /* nine digits always fit an int */
        sscanf(text, "%9d-%9d-%9d %9d:%9d:%9d%n", p, p + 1, p + 2, p + 3, p + 4, p + 5, &used);
        return (used && !text[used]) || fail(parser, "not a time", text);
    }
    text += value->from_midnight ? 5 : 3;
    if (!*text)
        return true;
    if (strchr("+-", *text) && sscanf(text, "%6d%c%n", &amount, &unit, &used) == 2 && !text[used])
        letter = strchr(letters, unit); /* never its end: %c is no zero here */
    if (!letter || !*letter)
        return fail(parser, "not an offset", text);
    p[2 + (letter - letters)] = amount;
    return true;
}

static bool parse_bool(struct parser *parser, unsigned *out) {
    const char *word = next_word(parser);
    *out = strcmp(word, "true") == 0;
    return *out || strcmp(word, "false") == 0 || fail(parser, "neither true nor false", word);
}

static bool parse_output(struct parser *parser) {
    struct value *value = take(&parser->scenario->arena, sizeof *value);
    value->next = parser->answer->values;
    value->type = (enum type)parser->detail;
    value->strict = parser->strict;
    parser->answer->values = value;
    return next_number(parser, params, &value->param) &&
           (value->type == TYPE_TEXT   ? parse_text(parser, rest_of_line(parser), &value->text)
            : value->type == TYPE_INT  ? next_number(parser, no_names, &value->number)
            : value->type == TYPE_BOOL ? parse_bool(parser, &value->number)
            : value->type == TYPE_TIME ? parse_time(parser, value)
                                       : true);
}

static bool parse_repeat(struct parser *parser) {
    return next_number(parser, no_names, &parser->times) &&
           (parser->times || fail(parser, "nothing would be left", "repeat 0"));
}

static bool parse_strict(struct parser *parser) { return parser->strict = true; }
static bool parse_delay(struct parser *parser) { return next_number(parser, no_names, &parser->answer->delay_ms); }
static bool parse_baud(struct parser *parser) { return next_number(parser, no_names, &parser->device->baud); }

static bool parse_lie(struct parser *parser) {
    const char *word = next_word(parser);
    bool more = strcmp(word, "more") == 0;
    parser->answer->honesty = more ? CLAIMS_MORE : CLAIMS_SIZE;
    return more || find_number(no_names, word, &parser->answer->claimed_size) || fail(parser, "not a size", word);
}

static bool parse_fault(struct parser *parser) {
    struct answer *answer = parser->answer;
    answer->fault = (enum fault)parser->detail;
    if (answer->fault != FAULT_ERROR)
        return answer->fault != FAULT_EXIT || next_number(parser, no_names, &answer->code);
    if (!next_number(parser, no_names, &answer->code))
        return false;
    answer->message = message_for((int)answer->code);
    return !*skip_blanks(parser) || parse_text(parser, rest_of_line(parser), &answer->message);
}

/* Goes on with the answer that is there, so that a register can change what it inherited; a record is a new one. */
static bool select_answer(struct parser *parser, unsigned type, const char *condition, const struct value *wanted) {
    struct answer fresh = defaults[parser->detail], **at = &parser->device->answers;
    fresh.kind = (enum kind)parser->detail;
    fresh.type = type;
    fresh.condition = condition;
    fresh.wanted = wanted;
    while (*at && (fresh.kind == ON_RECORD || (*at)->kind != fresh.kind || (*at)->type != type ||
                   strcmp((*at)->condition, condition) != 0))
        at = &(*at)->next;
    parser->answer = *at = *at ? *at : keep(parser, &fresh, sizeof fresh);
    return true;
}

static bool parse_call(struct parser *parser) {
    parser->in_records = false;
    return select_answer(parser, 0, "", NULL);
}

static bool parse_record_call(struct parser *parser) { return select_answer(parser, parser->records_type, "", NULL); }

static bool parse_records(struct parser *parser) {
    parser->in_records = true;
    return next_number(parser, record_types, &parser->records_type) && parse_record_call(parser);
}

static bool parse_condition(struct parser *parser, char *word, const struct value **wanted) {
    struct value *value = take(&parser->scenario->arena, sizeof *value);
    char *number = strchr(word, '=');
    if (!number)
        return fail(parser, "a condition is PARAM=NUMBER or PARAM=set, not", word);
    *number++ = '\0';
    value->type = strcmp(number, "set") == 0 ? TYPE_NONE : TYPE_INT;
    value->next = *wanted;
    *wanted = value;
    return (find_number(params, word, &value->param) || fail(parser, "unknown parameter", word)) &&
           (value->type == TYPE_NONE || find_number(units, number, &value->number) ||
            fail(parser, "not a number", number));
}

static bool parse_query(struct parser *parser) {
    unsigned type;
    const char *condition = "";
    const struct value *wanted = NULL;
    parser->in_records = false;
    if (!next_number(parser, parser->detail == ON_QUERY ? data_types : fn_data_types, &type))
        return false;
    if (strncmp(skip_blanks(parser), "if ", 3) == 0) {
        next_word(parser);
        condition = keep(parser, skip_blanks(parser), strlen(parser->rest) + 1);
        while (*skip_blanks(parser))
            if (!parse_condition(parser, next_word(parser), &wanted))
                return false;
    }
    return select_answer(parser, type, condition, wanted);
}

/* Forgets inherited records. */
static bool parse_clear(struct parser *parser) {
    for (struct answer **at = &parser->device->answers; *at;)
        if ((*at)->kind == ON_RECORD && (*at)->type == parser->records_type)
            *at = (*at)->next;
        else
            at = &(*at)->next;
    parser->answer = NULL;
    return true;
}

static bool is_link(const char *word) {
    return (strncmp(word, "com:", 4) == 0 && word[4]) || (strncmp(word, "tcp:", 4) == 0 && strchr(word + 4, ':')) ||
           strcmp(word, "usb") == 0;
}

static bool next_link(struct parser *parser, const wchar_t **link) {
    const char *word = next_word(parser);
    return is_link(word) ? parse_text(parser, word, link) : fail(parser, "not com:PORT, tcp:HOST:PORT or usb", word);
}

static bool parse_register(struct parser *parser) {
    struct device fresh = {.next = parser->scenario->devices};
    const char *word = skip_blanks(parser);
    if (!next_link(parser, &fresh.link))
        return false;
    if (find_device(parser->scenario, fresh.link))
        return fail(parser, "described twice", word);
    parser->scenario->devices = parser->device = keep(parser, &fresh, sizeof fresh);
    parser->in_records = false;
    parser->answer = NULL;
    return true;
}

static bool parse_like(struct parser *parser) {
    const char *word = skip_blanks(parser);
    const wchar_t *link;
    if (!next_link(parser, &link))
        return false;
    const struct device *model = find_device(parser->scenario, link);
    if (!model || model == parser->device || parser->device->answers)
        return fail(parser, model ? "'like' stands first and names another" : "not described above", word);
    struct answer **end = &parser->device->answers;
    for (const struct answer *from = model->answers; from; from = from->next, end = &(*end)->next)
        *end = keep(parser, from, sizeof *from); /* the last one's next is NULL already */
    return true;
}

static bool parse_version(struct parser *parser) {
    const char *word = next_word(parser);
    parser->scenario->version = keep(parser, word, strlen(word) + 1);
    return true;
}

static bool parse_journal(struct parser *parser) {
    char path[PATH_SIZE];
    const char *file = rest_of_line(parser);
    bool absolute = *file == '/' || (*file && file[1] == ':');
    if (!*file || !join(path, absolute ? "" : parser->path, file))
        return fail(parser, "not a usable file name", file);
    parser->scenario->journal = keep(parser, path, strlen(path) + 1);
    return true;
}

enum place { ANYWHERE, IN_REGISTER, IN_RECORDS, IN_ANSWER };
static const struct word {
    const char *word;
    enum place place;
    bool (*parse)(struct parser *parser);
    int detail;
} words[] = {
    {"version", ANYWHERE, parse_version, 0},
    {"journal", ANYWHERE, parse_journal, 0},
    {"register", ANYWHERE, parse_register, 0},
    {"like", IN_REGISTER, parse_like, 0},
    {"baud", IN_REGISTER, parse_baud, 0},
    {"open", IN_REGISTER, parse_call, ON_OPEN},
    {"close", IN_REGISTER, parse_call, ON_CLOSE},
    {"reboot", IN_REGISTER, parse_call, ON_REBOOT},
    {"beep", IN_REGISTER, parse_call, ON_BEEP},
    {"data", IN_REGISTER, parse_query, ON_QUERY},
    {"fn", IN_REGISTER, parse_query, ON_FN_QUERY},
    {"records", IN_REGISTER, parse_records, ON_BEGIN},
    {"clear", IN_RECORDS, parse_clear, 0},
    {"record", IN_RECORDS, parse_record_call, ON_RECORD},
    {"exhausted", IN_RECORDS, parse_record_call, ON_EXHAUSTED},
    {"end", IN_RECORDS, parse_record_call, ON_END},
    {"str", IN_ANSWER, parse_output, TYPE_TEXT},
    {"int", IN_ANSWER, parse_output, TYPE_INT},
    {"bool", IN_ANSWER, parse_output, TYPE_BOOL},
    {"time", IN_ANSWER, parse_output, TYPE_TIME},
    {"absent", IN_ANSWER, parse_output, TYPE_NONE},
    {"strict", IN_ANSWER, parse_strict, 0},
    {"repeat", IN_ANSWER, parse_repeat, 0},
    {"lie-size", IN_ANSWER, parse_lie, 0},
    {"delay", IN_ANSWER, parse_delay, 0},
    {"ok", IN_ANSWER, parse_fault, FAULT_NONE},
    {"error", IN_ANSWER, parse_fault, FAULT_ERROR},
    {"hang", IN_ANSWER, parse_fault, FAULT_HANG},
    {"crash", IN_ANSWER, parse_fault, FAULT_CRASH},
    {"abort", IN_ANSWER, parse_fault, FAULT_ABORT},
    {"exit", IN_ANSWER, parse_fault, FAULT_EXIT},
    {"drop", IN_ANSWER, parse_fault, FAULT_DROP},
    {"drop-after", IN_ANSWER, parse_fault, FAULT_DROP_AFTER},
    {"restart", IN_ANSWER, parse_fault, FAULT_RESTART},
};

static bool parse_word(struct parser *parser) {
    const bool here[] = {true, parser->device, parser->in_records, parser->answer}; /* by enum place */
    const char *word = next_word(parser);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, word) == 0) {
            parser->detail = words[i].detail;
            return here[words[i].place] ? words[i].parse(parser) : fail(parser, "nothing above can have", word);
        }
    return fail(parser, "unknown word", word);
}

static bool parse_line(struct parser *parser, char *line) {
    parser->line++;
    parser->rest = line;
    parser->strict = false;
    parser->times = 1;
    for (const char *at = line; *at;)
        if (next_point(&at) < 0)
            return fail(parser, "not UTF-8", at);
    if (*skip_blanks(parser) == '#')
        return true;
    while (*skip_blanks(parser))
        if (!parse_word(parser))
            return false;
    return true;
}

static bool parse_lines(struct parser *parser, char *at) {
    at += strncmp(at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (*at) {
        char *end = at + strcspn(at, "\n"), *next = *end ? end + 1 : end;
        end -= end > at && end[-1] == '\r';
        *end = '\0';
        if (!parse_line(parser, at))
            return false;
        at = next;
    }
    return true;
}

/* The whole file with a zero byte behind it and none in it, or NULL. */
static char *read_file(struct arena *arena, const char *path) {
    FILE *file = open_file(path, "rb");
    if (!file)
        return NULL;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    rewind(file);
    char *content = size >= 0 && size < INT_MAX ? take(arena, (size_t)size + 1) : NULL;
    bool good = content && fread(content, 1, (size_t)size, file) == (size_t)size && strlen(content) == (size_t)size;
    fclose(file);
    return good ? content : NULL;
}

/* The scenario lies in its own arena. */
static void free_scenario(struct scenario *scenario) {
    struct arena arena = scenario->arena;
    release(&arena);
}

/* NULL, and a line on stderr, if there is none or it is wrong. */
static struct scenario *load_scenario(void) {
    char library[PATH_SIZE] = "", path[PATH_SIZE] = "";
    struct arena arena = {NULL};
    struct scenario *scenario = take(&arena, sizeof *scenario);
    struct parser parser = {.scenario = scenario, .path = path};
    bool found = scenario_variable(path) || (library_path(library) && join(path, library, "fptr10.scenario"));
    scenario->arena = arena;
    scenario->version = "10.9.1.0";
    char *content = found ? read_file(&scenario->arena, path) : NULL;
    if (content ? parse_lines(&parser, content) : fail(&parser, "no readable text file", path))
        return scenario;
    free_scenario(scenario);
    return NULL;
}

/* ---- Settings ---- */

enum setting { MODEL, PORT, COM_FILE, BAUD_RATE, IP_ADDRESS, IP_PORT, SETTING_COUNT };
struct settings {
    const wchar_t *values[SETTING_COUNT]; /* NULL: not given */
};

/* Other keys are the driver's own business. */
static void put_setting(struct settings *settings, const wchar_t *key, const wchar_t *value) {
    static const wchar_t *const keys[] = {L"Model", L"Port", L"ComFile", L"BaudRate", L"IPAddress", L"IPPort"};
    for (int i = 0; i < SETTING_COUNT; i++)
        if (wcscmp(keys[i], key) == 0)
            settings->values[i] = value;
}

/* *at stands behind the opening quote. Surrogate escapes stay two units: no setting that matters has them. */
static const wchar_t *json_string(struct arena *arena, const wchar_t **at) {
    static const wchar_t letters[] = L"\"\\/bfnrt", meanings[] = L"\"\\/\b\f\n\r\t";
    wchar_t *start = take(arena, (wcslen(*at) + 1) * sizeof *start), *out = start;
    for (; **at && **at != L'"'; out++) {
        const wchar_t *simple = **at == L'\\' && (*at)[1] ? wcschr(letters, (*at)[1]) : NULL;
        unsigned unit = (unsigned)**at;
        int used = simple ? 2 : 1;
        if (**at == L'\\' && !simple && (swscanf(*at, L"\\u%4x%n", &unit, &used) != 1 || used != 6))
            return NULL;
        *out = simple ? meanings[simple - letters] : (wchar_t)unit;
        *at += used;
    }
    return *(*at) ? ++*at, start : NULL;
}

/* The next sign, `"` for a string and `w` for a bare word, whose text goes to *text; 0 at the end or if wrong. */
static wchar_t json_token(struct arena *arena, const wchar_t **at, const wchar_t **text) {
    *at += wcsspn(*at, L" \t\r\n");
    size_t length = wcscspn(*at, L"{}[]:,\" \t\r\n");
    if (length) {
        *text = wmemcpy(take(arena, (length + 1) * sizeof **at), *at, length);
        *at += length;
        return L'w';
    }
    wchar_t sign = **at;
    *at += sign != 0;
    if (sign == L'"')
        *text = json_string(arena, at);
    return sign == L'"' && !*text ? 0 : sign;
}

/* Takes the members of a JSON object; leaves `settings` as they were if it is not well formed. */
static bool parse_settings(struct arena *arena, const wchar_t *json, struct settings *settings) {
    struct settings fresh = *settings;
    const wchar_t *key = NULL, *text = NULL;
    wchar_t sign = json_token(arena, &json, &text);
    if (sign != L'{')
        return false;
    for (int depth = 1; depth > 0 && sign;) {
        sign = json_token(arena, &json, &text);
        depth += (sign == L'{' || sign == L'[') - (sign == L'}' || sign == L']');
        bool scalar = sign == L'"' || (sign == L'w' && wcscmp(text, L"null") != 0);
        if (key && scalar && depth == 1)
            put_setting(&fresh, key, text);
        key = sign == L':' ? text : NULL;
    }
    bool good = sign == L'}' && json[wcsspn(json, L" \t\r\n")] == L'\0';
    if (good)
        *settings = fresh;
    return good;
}

static bool read_number(const wchar_t *text, unsigned absent, unsigned *out) {
    wchar_t *end = NULL;
    *out = text ? (unsigned)wcstoul(text, &end, 10) : absent;
    return !text || (*text >= L'0' && *text <= L'9' && !*end);
}

/* Writes the link the settings ask for, spelled as registers are; false if they do not do. */
static bool write_link(const struct settings *settings, wchar_t link[LINK_SIZE]) {
    enum { PORT_COM, PORT_USB, PORT_TCPIP, PORT_ABSENT };
    const wchar_t *const *values = settings->values, *com = values[COM_FILE], *ip = values[IP_ADDRESS];
    unsigned model, port, ip_port, baud;
    int length = -1;
    if (!values[MODEL] || !read_number(values[MODEL], 0, &model) || !read_number(values[BAUD_RATE], 0, &baud) ||
        !read_number(values[PORT], PORT_ABSENT, &port) || !read_number(values[IP_PORT], 5555, &ip_port))
        return false;
    if (port == PORT_COM && com && *com)
        length = swprintf(link, LINK_SIZE, L"com:%ls", com);
    else if (port == PORT_TCPIP && ip && *ip)
        length = swprintf(link, LINK_SIZE, L"tcp:%ls:%u", ip, ip_port);
    else if (port == PORT_USB)
        length = swprintf(link, LINK_SIZE, L"usb");
    return length > 0 && length < LINK_SIZE;
}

/* ---- The handle ---- */

struct handle {
    int number;
    struct scenario *scenario;
    struct arena input_memory; /* all else lies in the scenario's arena, the handle too */
    struct settings settings, single; /* `single` waits for apply_single_settings */
    wchar_t link[LINK_SIZE];          /* that open asked for */
    const struct device *device;      /* what is there; NULL before open or if nothing is */
    bool opened, dropped;
    int error_code;
    const wchar_t *error_text;
    const struct value *inputs;
    const struct value *results;  /* what can be read */
    const struct answer *last;    /* the answer to the last call, if it had one */
    const struct answer *records; /* the answer that began them; NULL if they are not being read */
    unsigned position;
};

/* In the order in which they were put. */
static void put_values(FILE *file, const struct value *value) {
    wchar_t scratch[SCRATCH];
    if (!value)
        return;
    put_values(file, value->next);
    putc(' ', file);
    if (value->param)
        put_param(file, value->param);
    if (value->param && value->type != TYPE_NONE)
        putc('=', file);
    if (value->type != TYPE_NONE)
        put_text(file, as_text(value, scratch));
}

static bool write_journal(const struct handle *self, const char *function, const struct value *detail) {
    const char *path = self->scenario->journal;
    FILE *file = path ? open_file(path, "ab") : NULL;
    if (file) {
        lock_file(file); /* other processes write as well; closing unlocks */
        fprintf(file, "%ld %d %s ", (long)getpid(), self->number, function);
        put_text(file, self->device ? self->device->link : *self->link ? self->link : L"-");
        put_values(file, detail);
        putc('\n', file);
    }
    bool written = !path || (file && fclose(file) == 0);
    if (!written)
        fprintf(stderr, "fptr10 simulator: the journal cannot be written: %s\n", path);
    return written;
}

static struct handle *enter_with(void *h, const char *function, const struct value *detail) {
    if (!h) {
        fprintf(stderr, "fptr10 simulator: %s was called without a handle\n", function);
        abort();
    }
    write_journal(h, function, detail);
    return h;
}

static struct handle *enter(void *h, const char *function) {
    return enter_with(h, function, h ? ((struct handle *)h)->inputs : NULL);
}

static int set_error(struct handle *self, int code, const wchar_t *text) {
    self->error_code = code;
    self->error_text = text;
    return code == OK ? 0 : -1;
}

static int end_with(struct handle *self, int code) { return set_error(self, code, message_for(code)); }

static void write_to_null(void) {
    volatile int *volatile nowhere = NULL; /* or the compiler drops the write or makes a trap of it */
    *nowhere = 1;
}

static int perform(struct handle *self, const struct answer *answer) {
    self->last = answer;
    sleep_ms(answer->delay_ms);
    switch (answer->fault) {
    case FAULT_ERROR:
        return set_error(self, (int)answer->code, answer->message);
    case FAULT_HANG:
        for (;;)
            sleep_ms(60000);
    case FAULT_CRASH:
        write_to_null();
        break;
    case FAULT_ABORT:
        abort();
    case FAULT_EXIT:
        exit((int)answer->code);
    case FAULT_DROP:
        self->dropped = true;
        return end_with(self, NO_CONNECTION);
    case FAULT_DROP_AFTER:
        self->dropped = true;
        break;
    case FAULT_RESTART:
    case FAULT_NONE:
        break;
    }
    self->results = answer->values;
    return end_with(self, OK);
}

/* Ends a call: its inputs are used up, earlier results are gone. Without an answer it fails. */
static int finish(struct handle *self, const struct answer *answer, int error) {
    release(&self->input_memory);
    self->inputs = self->results = NULL;
    self->last = NULL;
    return answer ? perform(self, answer) : end_with(self, error);
}

/* How many conditions hold, -1 if one does not. Notes if an input in question was not given. */
static int fit(const struct answer *answer, const struct value *inputs, bool *missing) {
    int count = 0;
    bool fits = true;
    for (const struct value *wanted = answer->wanted; wanted; wanted = wanted->next, count++) {
        const struct value *input = find_value(inputs, wanted->param);
        *missing = *missing || !input;
        fits = fits && input && (wanted->type == TYPE_NONE || as_number(input) == wanted->number);
    }
    return fits ? count : -1;
}

/* The answer with the most conditions of those that fit; NULL if there was an error or *error now says why not. */
static const struct answer *find_answer(const struct handle *self, enum kind kind, unsigned type, int *error) {
    const struct answer *best = kind <= ON_BEGIN ? NULL : &defaults[kind];
    int most = -1;
    bool missing = false;
    if (*error)
        return NULL;
    for (const struct answer *answer = self->device->answers; answer; answer = answer->next) {
        int count = answer->kind == kind && answer->type == type ? fit(answer, self->inputs, &missing) : -1;
        if (count > most) {
            best = answer;
            most = count;
        }
    }
    *error = best ? OK : missing ? NO_REQUIRED_PARAM : NOT_SUPPORTED;
    return best;
}

static int connection_error(const struct handle *self) {
    return !self->opened ? DISABLED : self->dropped ? NO_CONNECTION : OK;
}

static int call(struct handle *self, enum kind kind, unsigned type, int error) {
    const struct answer *answer = find_answer(self, kind, type, &error);
    return finish(self, answer, error);
}

/* A call whose answer is chosen by an input. */
static int query(struct handle *self, enum kind kind, unsigned selector) {
    const struct value *type = find_value(self->inputs, selector);
    int error = connection_error(self);
    return call(self, kind, type ? as_number(type) : 0, error ? error : type ? OK : NO_REQUIRED_PARAM);
}

static void set_input(void *h, const char *function, struct value value) {
    struct handle *self = enter_with(h, function, &value);
    struct value *kept = take(&self->input_memory, sizeof value);
    value.text = copy_text(&self->input_memory, value.text);
    value.next = self->inputs;
    *kept = value;
    self->inputs = kept;
}

/* NULL if the last call did not give the parameter, or gave it to getters of another type only. */
static const struct value *find_result(void *h, const char *function, int param, enum type type) {
    struct value asked = {.param = (unsigned)param};
    const struct handle *self = enter_with(h, function, &asked);
    const struct value *value = find_value(self->results, asked.param);
    return value && value->type != TYPE_NONE && (!value->strict || value->type == type) ? value : NULL;
}

/* Returns the size needed, or what the scenario claims it is. */
static int hand_out(const struct handle *self, const wchar_t *text, wchar_t *out, int size) {
    const struct answer *last = self->last;
    size_t length = wcslen(text);
    if (out && size > 0) {
        size_t fitting = length < (size_t)size ? length : (size_t)size - 1;
        wmemcpy(out, text, fitting);
        out[fitting] = L'\0';
    }
    if (last && last->honesty == CLAIMS_MORE)
        return size < INT_MAX ? size + 1 : INT_MAX;
    return last && last->honesty == CLAIMS_SIZE ? (int)last->claimed_size : (int)length + 1;
}

static void free_handle(struct handle *self) {
    release(&self->input_memory);
    free_scenario(self->scenario);
}

/* `refusal` is what it returns, if not 0, once the call is in the journal. */
static int create(void **h, const char *function, const wchar_t *id, int refusal) {
    static int count;
    struct value detail = {.type = TYPE_TEXT, .text = id};
    struct scenario *scenario = load_scenario();
    *h = NULL;
    if (!scenario)
        return -1;
    struct handle *self = take(&scenario->arena, sizeof *self);
    self->number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    self->scenario = scenario;
    end_with(self, OK);
    bool written = write_journal(self, function, id ? &detail : NULL);
    if (written && !refusal)
        *h = self;
    else
        free_handle(self);
    return written ? refusal : -1;
}

/* ---- Exports ---- */

EXPORT int libfptr_create(void **h) { return create(h, "create", NULL, 0); }

EXPORT void libfptr_destroy(void **h) {
    if (h && *h)
        free_handle(enter(*h, "destroy"));
    if (h)
        *h = NULL;
}

/* The first scenario read for this stays for the life of the process: clients keep the pointer. */
EXPORT const char *libfptr_get_version_string(void) {
    static struct scenario *told;
    struct handle nobody = {.scenario = load_scenario()};
    struct scenario *before = NULL;
    if (!nobody.scenario)
        return "";
    write_journal(&nobody, "get_version_string", NULL);
    if (__atomic_compare_exchange_n(&told, &before, nobody.scenario, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return nobody.scenario->version;
    free_scenario(nobody.scenario);
    return before->version;
}

EXPORT int libfptr_set_settings(void *h, const wchar_t *json) {
    struct value detail = {.type = TYPE_TEXT, .text = json ? json : L""};
    struct handle *self = enter_with(h, "set_settings", &detail);
    bool good = parse_settings(&self->scenario->arena, detail.text, &self->settings);
    return end_with(self, good ? OK : INVALID_SETTINGS);
}

EXPORT void libfptr_set_single_setting(void *h, const wchar_t *key, const wchar_t *value) {
    struct value name = {.type = TYPE_TEXT, .text = key ? key : L""};
    struct value content = {.type = TYPE_TEXT, .text = value ? value : L"", .next = &name};
    struct handle *self = enter_with(h, "set_single_setting", &content);
    put_setting(&self->single, name.text, copy_text(&self->scenario->arena, value));
}

EXPORT int libfptr_apply_single_settings(void *h) {
    struct handle *self = enter(h, "apply_single_settings");
    for (int i = 0; i < SETTING_COUNT; i++)
        if (self->single.values[i])
            self->settings.values[i] = self->single.values[i];
    return end_with(self, OK);
}

/* Why the link cannot be opened; OK if there is a register, and at this speed. */
static int link_error(const struct handle *self) {
    unsigned baud;
    if (!*self->link)
        return INVALID_SETTINGS;
    if (!self->device)
        return wcsncmp(self->link, L"tcp:", 4) == 0 ? NO_CONNECTION : PORT_NOT_AVAILABLE;
    read_number(self->settings.values[BAUD_RATE], 115200, &baud);
    return self->dropped || (self->device->baud && self->device->baud != baud) ? NO_CONNECTION : OK;
}

EXPORT int libfptr_open(void *h) {
    struct handle *self = h;
    if (self && !self->opened) { /* before the journal is written, which tells the link */
        if (!write_link(&self->settings, self->link))
            *self->link = L'\0';
        self->device = find_device(self->scenario, self->link);
    }
    enter(h, "open");
    if (self->opened)
        return end_with(self, OK);
    self->opened = call(self, ON_OPEN, 0, link_error(self)) == 0;
    return self->opened ? 0 : -1;
}

/* Leaves the port whatever the answer is, as a driver does that has lost the device. */
EXPORT int libfptr_close(void *h) {
    struct handle *self = enter(h, "close");
    if (!self->opened)
        return end_with(self, OK);
    int result = call(self, ON_CLOSE, 0, connection_error(self));
    self->opened = false;
    self->records = NULL;
    return result;
}

EXPORT int libfptr_is_opened(void *h) { return enter(h, "is_opened")->opened; }

EXPORT int libfptr_error_code(void *h) { return enter(h, "error_code")->error_code; }

EXPORT int libfptr_error_description(void *h, wchar_t *out, int size) {
    const struct handle *self = enter(h, "error_description");
    return hand_out(self, self->error_text, out, size);
}

EXPORT void libfptr_set_param_int(void *h, int param, unsigned number) {
    struct value value = {.param = (unsigned)param, .type = TYPE_INT, .number = number};
    set_input(h, "set_param_int", value);
}

EXPORT void libfptr_set_param_bool(void *h, int param, int truth) {
    struct value value = {.param = (unsigned)param, .type = TYPE_BOOL, .number = truth != 0};
    set_input(h, "set_param_bool", value);
}

EXPORT void libfptr_set_param_str(void *h, int param, const wchar_t *text) {
    struct value value = {.param = (unsigned)param, .type = TYPE_TEXT, .text = text ? text : L""};
    set_input(h, "set_param_str", value);
}

EXPORT unsigned libfptr_get_param_int(void *h, int param) {
    const struct value *value = find_result(h, "get_param_int", param, TYPE_INT);
    return value ? as_number(value) : 0;
}

EXPORT int libfptr_get_param_bool(void *h, int param) {
    const struct value *value = find_result(h, "get_param_bool", param, TYPE_BOOL);
    return value && as_number(value) != 0;
}

EXPORT int libfptr_get_param_str(void *h, int param, wchar_t *out, int size) {
    wchar_t scratch[SCRATCH];
    const struct value *value = find_result(h, "get_param_str", param, TYPE_TEXT);
    return hand_out(h, value ? as_text(value, scratch) : L"", out, size);
}

EXPORT void libfptr_get_param_datetime(void *h, int param, int *year, int *month, int *day, int *hour, int *minute,
                                       int *second) {
    int *const out[] = {year, month, day, hour, minute, second}, parts[TIME_PARTS] = {0};
    const struct value *value = find_result(h, "get_param_datetime", param, TYPE_TIME);
    if (value)
        resolve_time(value, parts);
    for (int i = 0; i < TIME_PARTS; i++)
        if (out[i])
            *out[i] = parts[i];
}

EXPORT int libfptr_query_data(void *h) { return query(enter(h, "query_data"), ON_QUERY, PARAM_DATA_TYPE); }

EXPORT int libfptr_fn_query_data(void *h) { return query(enter(h, "fn_query_data"), ON_FN_QUERY, PARAM_FN_DATA_TYPE); }

EXPORT int libfptr_beep(void *h) {
    struct handle *self = enter(h, "beep");
    return call(self, ON_BEEP, 0, connection_error(self));
}

#ifndef FPTR10_OLD

EXPORT int libfptr_create_with_id(void **h, const wchar_t *id) {
    static const wchar_t allowed[] = L"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    bool good = id && *id && !id[wcsspn(id, allowed)];
    return create(h, "create_with_id", id, good ? 0 : -2);
}

EXPORT int libfptr_device_reboot(void *h) {
    struct handle *self = enter(h, "device_reboot");
    return call(self, ON_REBOOT, 0, connection_error(self));
}

EXPORT void libfptr_set_param_datetime(void *h, int param, int year, int month, int day, int hour, int minute,
                                       int second) {
    struct value value = {
        .param = (unsigned)param, .type = TYPE_TIME, .parts = {year, month, day, hour, minute, second}};
    set_input(h, "set_param_datetime", value);
}

EXPORT int libfptr_begin_read_records(void *h) {
    struct handle *self = enter(h, "begin_read_records");
    int result = query(self, ON_BEGIN, PARAM_RECORDS_TYPE);
    self->records = result == 0 ? self->last : NULL;
    self->position = 0;
    return result;
}

/* OK if RECORDS_ID is set, and to what begin_read_records gave. */
static int records_error(const struct handle *self) {
    wchar_t ours[SCRATCH], theirs[SCRATCH];
    int error = connection_error(self);
    const struct value *given = find_value(self->inputs, PARAM_RECORDS_ID);
    if (error || !given)
        return error ? error : NO_REQUIRED_PARAM;
    const struct value *id = self->records ? find_value(self->records->values, PARAM_RECORDS_ID) : NULL;
    return id && wcscmp(as_text(id, ours), as_text(given, theirs)) == 0 ? OK : INCORRECT_DATA;
}

static const struct answer *next_record(struct handle *self) {
    int error = OK;
    unsigned type = self->records->type, left = self->position++;
    for (const struct answer *answer = self->device->answers; answer; answer = answer->next)
        if (answer->kind == ON_RECORD && answer->type == type && left-- == 0)
            return answer;
    const struct answer *exhausted = find_answer(self, ON_EXHAUSTED, type, &error);
    if (exhausted->fault != FAULT_RESTART || self->position == 1)
        return exhausted;
    self->position = 0;
    return next_record(self);
}

EXPORT int libfptr_read_next_record(void *h) {
    struct handle *self = enter(h, "read_next_record");
    int error = records_error(self);
    return finish(self, error ? NULL : next_record(self), error);
}

EXPORT int libfptr_end_read_records(void *h) {
    struct handle *self = enter(h, "end_read_records");
    int error = records_error(self), result = call(self, ON_END, self->records ? self->records->type : 0, error);
    if (!error)
        self->records = NULL;
    return result;
}

#endif /* FPTR10_OLD */
#endif /* FPTR10_FOREIGN */
