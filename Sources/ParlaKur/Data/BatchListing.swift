/// A batch as `kur data` prints it.
package enum BatchListing {
  /// The text of the first `count` entries of `batch`; the last ones for a negative count, all for nil.
  package static func text(of batch: KurBatch, first count: Int?) -> String {
    let entryCount = batch.values.first?.count ?? 0
    var entries = Array(0..<entryCount)
    if let count {
      entries =
        count >= 0 ? Array(entries.prefix(count)) : Array(entries.suffix(-max(count, -entryCount)))
    }
    return entries.map { index in
      "Entry \(index + 1)/\(entryCount):\n"
        + batch.sorted { $0.key < $1.key }
        .map { "  \($0.key): \(text(of: $0.value, index))\n" }.joined()
    }.joined()
  }

  /// The sources of `batch` with their shapes, and what they hold.
  package static func summary(of batch: KurBatch) -> [String] {
    batch.sorted { $0.key < $1.key }.map { name, column in
      switch column {
      case .array(let array):
        "\(name) \(PythonValue.tuple(array.shape.map { .int($0) }).text): \(NumPyText.text(of: array))"
      case .ragged, .lists, .texts:
        "\(name) (list, \(column.count) entries): "
          + (0..<column.count).map { text(of: column, $0) }.joined(separator: ", ")
      }
    }
  }

  private static func text(of column: KurColumn, _ index: Int) -> String {
    switch column {
    case .array(let array): NumPyText.text(of: array[index])
    case .ragged(let arrays): NumPyText.text(of: arrays[index])
    case .lists(let lists): PythonValue.list(lists[index].map { .int($0) }).text
    case .texts(let texts): texts[index]
    }
  }
}
