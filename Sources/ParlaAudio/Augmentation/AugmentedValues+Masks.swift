extension AugmentedValues {
  /// Sets `count` columns to zero, or to `fill`, which has a value for each column.
  mutating func maskColumns(from start: Int, count: Int, fill: [Float]? = nil) {
    let (rows, columns) = (rowCount, columnCount)
    update { span in
      for row in 0..<rows {
        for column in start..<min(start + count, columns) {
          span[row * columns + column] = fill?[column] ?? 0
        }
      }
    }
  }

  /// Sets `count` rows to zero, or to `fill`, which has a value for each column.
  mutating func maskRows(from start: Int, count: Int, fill: [Float]? = nil) {
    let (rows, columns) = (rowCount, columnCount)
    update { span in
      for row in start..<min(start + count, rows) {
        for column in 0..<columns { span[row * columns + column] = fill?[column] ?? 0 }
      }
    }
  }
}
