"""The checks of `doctor`: each looks at one thing and returns what it found. They print nothing and change nothing."""
