/// The lengths of an array's axes, as a file states them.
package enum ArrayShape {
  /// More elements than this are in no array.
  private static let mostElements = 1 << 40

  /// How many elements an array of `shape` has; nil where an axis is shorter than nothing, or the axes, even those next to an empty
  /// one, are longer than memory.
  package static func elementCount(_ shape: [Int]) -> Int? {
    var bound = 1
    for length in shape {
      let (product, overflow) = bound.multipliedReportingOverflow(by: max(length, 1))
      guard length >= 0, !overflow, product < mostElements else { return nil }
      bound = product
    }
    return shape.contains(0) ? 0 : bound
  }

  /// Numbers of which the first index varies fastest, in the order in which the last does.
  package static func inCOrder<Element>(_ values: [Element], _ shape: [Int]) -> [Element] {
    transposed(values, shape.reversed(), axes: shape.indices.reversed())
  }

  /// `values` of an array of `shape`, in C order, in the order in which those of its transpose are: axis `i` of that is axis `axes[i]`.
  package static func transposed<Element>(
    _ values: [Element], _ shape: [Int], axes: [Int]
  ) -> [Element] {
    precondition(axes.sorted() == Array(shape.indices), "each axis once")
    let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    var index = [Int](repeating: 0, count: shape.count)
    var place = 0
    return values.indices.map { _ in
      let value = values[place]
      for axis in axes.indices.reversed() {
        let source = axes[axis]
        index[axis] += 1
        place += strides[source]
        if index[axis] < shape[source] { break }
        place -= strides[source] * index[axis]
        index[axis] = 0
      }
      return value
    }
  }
}
