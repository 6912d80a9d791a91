"""The bay boards' MicroPython: senses, charges, measures, cuts, locks and lights; safe when the host is silent.

Runs under CPython too.

`modbus_rtu` and `bay_board` take bytes and the time and give bytes; `main` alone touches a board's pins,
`main_simulated` a dock that is a folder. Nothing here knows the station.
"""
