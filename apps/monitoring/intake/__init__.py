"""How rows come in: read from JSON or Parquet, checked column by column, and settled with what came before."""
