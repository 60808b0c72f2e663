"""The screen of `aua top`: pure functions from what is seen and what was pressed to lines; terminal.py alone touches the terminal.

Own code over plain control sequences, not `curses`: that knows neither synchronized updates nor threads that wait beside a keyboard, and
the parts that are needed are few (decision 0033).
"""
