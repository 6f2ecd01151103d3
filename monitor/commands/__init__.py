"""The commands of the command line, a module each; `monitor.cli` only names their options."""
