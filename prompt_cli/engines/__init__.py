"""The engine protocol, the engines behind it, and prompts bound to one."""
