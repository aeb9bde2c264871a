/*
 * Stands in for schtasks.exe in tests under Wine, whose own one forgets triggers, accounts and
 * actions. Keeps what it is given, byte by byte, in C:\tasks, and gives it back; refuses what
 * Windows refuses: a file that is no UTF-16 with a mark, an absent task.
 */
#include <io.h>
#include <fcntl.h>
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static const wchar_t *value(int count, wchar_t **words, const wchar_t *name)
{
    for (int i = 1; i + 1 < count; i++)
        if (!_wcsicmp(words[i], name)) return words[i + 1];
    return NULL;
}

static int refuse(const char *why)
{
    fprintf(stderr, "ERROR: %s\n", why);
    return 1;
}

static int copy(const wchar_t *from, FILE *to, int check)
{
    unsigned char bytes[4096];
    size_t count;
    FILE *file = _wfopen(from, L"rb");
    if (!file || !to) return refuse("no file");
    for (int first = 1; (count = fread(bytes, 1, sizeof bytes, file)) > 0; first = 0) {
        if (first && check && (count < 2 || bytes[0] != 0xFF || bytes[1] != 0xFE)) return refuse("(1,40) encoding");
        fwrite(bytes, 1, count, to);
    }
    fclose(file);
    return fflush(to);
}

int wmain(int count, wchar_t **words)
{
    wchar_t path[512] = L"C:\\tasks\\";
    const wchar_t *name = value(count, words, L"/tn"), *xml = value(count, words, L"/xml");
    if (count < 2 || !name || wcslen(name) > 200) return refuse("usage");
    wcscat(path, name);
    for (wchar_t *letter = path + 9; *letter; letter++)
        if (*letter == L'\\') *letter = L'-';
    _setmode(_fileno(stdout), _O_BINARY);
    CreateDirectoryW(L"C:\\tasks", NULL);
    if (!_wcsicmp(words[1], L"/create")) return xml ? copy(xml, _wfopen(path, L"wb"), 1) : refuse("usage");
    if (!_wcsicmp(words[1], L"/query")) return copy(path, stdout, 0);
    if (!_wcsicmp(words[1], L"/delete")) return _wremove(path) ? refuse("no task") : 0;
    return refuse("usage");
}
