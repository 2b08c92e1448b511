"""The commands of `onebill`: each file is one word after it."""
