"""Pictures of flows: boxes and lines, laid out, drawn as SVG or written as mermaid; a run's states on top."""
