@echo off
rem Registers the tasks of getad: getad install, with the arguments of this file. Run as administrator.
rem Looks for getad.exe beside this file, then in the folder above it.
setlocal disabledelayedexpansion
set "getad=%~dp0getad.exe"
if not exist "%getad%" for %%i in ("%~dp0..\getad.exe") do set "getad=%%~fi"
if not exist "%getad%" goto absent
"%getad%" install %*
exit /b %errorlevel%

:absent
echo getad.exe is neither beside this file nor in the folder above it. 1>&2
exit /b 1
