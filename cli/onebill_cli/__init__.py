"""The `onebill` command: public doors only."""
