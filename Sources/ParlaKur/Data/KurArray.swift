/// Numbers in a row-major array of any rank, as suppliers bring them.
package struct KurArray: Sendable, Equatable {
  /// Length of each axis, outermost first.
  package let shape: [Int]

  /// The numbers.
  package var values: [Double]

  /// Whether they are whole numbers by their type, and small enough to be exact.
  package let isWhole: Bool

  /// Makes an array of `shape`.
  package init(shape: [Int], values: [Double], isWhole: Bool = false) {
    precondition(values.count == shape.reduce(1, *), "as many values as the shape says")
    self.shape = shape
    self.values = values
    self.isWhole = isWhole && values.allSatisfy { $0.magnitude <= 0x1p53 }
  }

  /// One number.
  package init(_ value: Double, isWhole: Bool = false) {
    self.init(shape: [], values: [value], isWhole: isWhole)
  }

  /// Whole numbers in a row.
  package init(_ values: [Int]) {
    self.init(shape: [values.count], values: values.map(Double.init), isWhole: true)
  }

  /// Rows of equal length.
  package init(rows: [[Double]]) {
    self.init(shape: [rows.count, rows.first?.count ?? 0], values: Array(rows.joined()))
  }

  /// How many entries the outermost axis has.
  package var count: Int { shape.first ?? 0 }

  /// Entry `index` of the outermost axis.
  package subscript(index: Int) -> KurArray {
    let size = shape.dropFirst().reduce(1, *)
    return KurArray(
      shape: Array(shape.dropFirst()), values: Array(values[index * size..<(index + 1) * size]),
      isWhole: isWhole)
  }

  /// The place of the largest number, the first of equal ones.
  package var largest: Int { values.indices.max { values[$0] < values[$1] } ?? 0 }

  /// The entries at `indices`, in their order.
  package func picking(_ indices: [Int]) -> KurArray {
    let size = shape.dropFirst().reduce(1, *)
    var picked: [Double] = []
    picked.reserveCapacity(indices.count * size)
    for index in indices { picked += values[index * size..<(index + 1) * size] }
    return KurArray(
      shape: [indices.count] + shape.dropFirst(), values: picked, isWhole: isWhole)
  }

  /// `arrays` of one shape as the entries of another axis.
  package static func stacked(_ arrays: [KurArray]) -> KurArray {
    KurArray(
      shape: [arrays.count] + (arrays.first?.shape ?? []), values: arrays.flatMap(\.values),
      isWhole: arrays.allSatisfy(\.isWhole))
  }
}

/// What a source has for the entries of a batch.
package enum KurColumn: Sendable, Equatable {
  /// Arrays of one shape, stacked: [batch, ...].
  case array(KurArray)
  /// Arrays of different shapes.
  case ragged([KurArray])
  /// Lists of whole numbers.
  case lists([[Int]])
  /// Texts.
  case texts([String])

  /// How many entries there are.
  package var count: Int {
    switch self {
    case .array(let array): array.count
    case .ragged(let arrays): arrays.count
    case .lists(let lists): lists.count
    case .texts(let texts): texts.count
    }
  }

  /// The array, if the entries are one.
  package var array: KurArray? {
    if case .array(let array) = self { array } else { nil }
  }
}

/// A batch: what each source has for its entries.
package typealias KurBatch = [String: KurColumn]

extension KurBatch {
  /// Whether anything is in it: not, where all its entries were left out.
  var hasEntries: Bool { values.contains { $0.count > 0 } }
}
