@echo off
rem Runs at the time of a planned restart. Whoever sits at the computer has a minute to save his work;
rem "shutdown /a" calls it off. The file may be changed: getad never overwrites it.
"%SystemRoot%\System32\shutdown.exe" /r /f /t 60 /c "getad: the FN was replaced, the computer restarts in one minute / FN zamenen, perezagruzka cherez minutu"
exit /b %errorlevel%
