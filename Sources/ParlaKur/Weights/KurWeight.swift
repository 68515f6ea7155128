/// A file of a weight folder, and the position of its numbers among a graph's parameters and buffers.
///
/// Kur names files `LAYER+WEIGHT.kur`, by its backend's names; shapes and the order of axes are the backend's too.
package struct KurWeight: Sendable, Equatable {
  /// The part before the plus sign.
  package let layer: String

  /// The part after it, without `.kur`.
  package let name: String

  /// Length of each axis in the file.
  package let shape: [Int]

  /// The file's axes in the order in which Parla's parameter has them: outputs first.
  var order: [Int]

  /// The file's axes that run the other way, as Theano's kernels do.
  var flipped: [Int] = []

  /// The position of its rows, along the first axis of `order`.
  var parts: [Part]

  /// Some rows of a file.
  struct Part: Sendable, Equatable {
    /// The rows of the file.
    let rows: Range<Int>
    /// The parameter or buffer that has them.
    let parameter: String
    /// The first of its rows.
    let firstRow: Int
    /// Whether they are added to what another file has there, as PyTorch's second bias is.
    var isAddend = false
  }

  /// The file's name without `.kur`, which is also the name in archives.
  package var file: String { "\(layer)+\(name)" }

  /// A weight whose rows are all of one parameter's.
  init(
    _ layer: String, _ name: String, shape: [Int], order: [Int]? = nil, parameter: String,
    firstRow: Int = 0
  ) {
    let order = order ?? Array(shape.indices)
    (self.layer, self.name, self.shape, self.order) = (layer, name, shape, order)
    parts = [Part(rows: 0..<shape[order[0]], parameter: parameter, firstRow: firstRow)]
  }

  /// How a convolution's kernel looks.
  struct Kernel {
    let node: String
    let sizes: [Int]
    let inputs: Int
    let outputs: Int
  }

  // MARK: - Moving numbers

  /// For each number in Parla's order, its place in the file.
  private var places: [Int] {
    let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    var places = [0]
    for axis in order {
      let length = shape[axis]
      let isFlipped = flipped.contains(axis)
      places = places.flatMap { place in
        (0..<length).map { place + (isFlipped ? length - 1 - $0 : $0) * strides[axis] }
      }
    }
    return places
  }

  private var rowCount: Int { order.isEmpty ? 1 : shape[order[0]] }

  /// Puts the numbers of the file into `tensors`, by parameter; addends are added to what is there.
  func read(_ values: [Float], into tensors: inout [String: [Float]]) {
    let (places, columns) = (places, values.count / max(rowCount, 1))
    for part in parts {
      guard var target = tensors.removeValue(forKey: part.parameter) else { continue }
      for (index, row) in part.rows.enumerated() {
        for column in 0..<columns {
          let value = values[places[row * columns + column]]
          let place = (part.firstRow + index) * columns + column
          target[place] = part.isAddend ? target[place] + value : value
        }
      }
      tensors[part.parameter] = target
    }
  }

  /// The numbers of the file, given those of the parameters; addends are zero.
  func values(of tensors: [String: [Float]]) -> [Float] {
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    let (places, columns) = (places, values.count / max(rowCount, 1))
    for part in parts where !part.isAddend {
      guard let source = tensors[part.parameter] else { continue }
      for (index, row) in part.rows.enumerated() {
        for column in 0..<columns {
          values[places[row * columns + column]] =
            source[(part.firstRow + index) * columns + column]
        }
      }
    }
    return values
  }
}
