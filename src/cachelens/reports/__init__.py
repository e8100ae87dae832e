"""Reports: a result to text, JSON, CSV or Markdown, one file a format. They compute nothing."""
