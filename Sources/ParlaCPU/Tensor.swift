/// Numbers in one or more axes, row-major, outermost axis first.
///
/// A value: copies share their memory until one of them is written.
package struct Tensor: Sendable {
  /// Length of each axis, outermost first.
  package private(set) var shape: [Int]

  private var storage: TensorStorage

  /// Makes a tensor of `shape` from its numbers in row-major order.
  package init(shape: [Int], values: [Float]) {
    precondition(values.count == shape.reduce(1, *), "as many values as shape \(shape) says")
    self.init(unwritten: shape)
    unsafe storage.pointer.update(from: values, count: values.count)
  }

  /// Makes a tensor of `shape` that holds `value` everywhere.
  package init(shape: [Int], repeating value: Float = 0) {
    self.init(unwritten: shape)
    unsafe storage.pointer.update(repeating: value, count: storage.count)
  }

  /// Makes a tensor whose numbers mean nothing until they are written.
  package init(unwritten shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "no axis of shape \(shape) is negative")
    self.shape = shape
    storage = TensorStorage(count: shape.reduce(1, *))
  }

  /// How many numbers there are.
  package var count: Int { storage.count }

  /// The numbers in row-major order.
  package var values: [Float] {
    unsafe Array(UnsafeBufferPointer(start: storage.pointer, count: storage.count))
  }

  /// The number at `index` in row-major order.
  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index within the tensor")
      return unsafe storage.pointer[index]
    }
    set {
      precondition(index >= 0 && index < count, "index within the tensor")
      unsafe mutablePointer[index] = newValue
    }
  }

  /// Length of the innermost axis.
  package var columnCount: Int { shape.last ?? 1 }

  /// Product of the other axes.
  package var rowCount: Int { shape.dropLast().reduce(1, *) }

  /// Sees the same numbers as a tensor of `shape`.
  package mutating func reshape(_ shape: [Int]) {
    precondition(shape.reduce(1, *) == count, "as many numbers as shape \(shape) has")
    self.shape = shape
  }

  /// The last of the frames of [frames, batch, features]: [batch, features].
  package var lastFrame: Tensor {
    precondition(shape.count == 3 && shape[0] > 0, "[frames, batch, features] with a frame")
    let size = shape[1] * shape[2]
    var result = Tensor(unwritten: [shape[1], shape[2]])
    unsafe result.mutablePointer.update(from: pointer + (count - size), count: size)
    return result
  }

  /// The numbers' memory, for reading while the tensor lives.
  package var pointer: UnsafePointer<Float> { unsafe UnsafePointer(storage.pointer) }

  /// The numbers' memory, for writing while the tensor lives; no copy shares it from here on.
  package var mutablePointer: UnsafeMutablePointer<Float> {
    mutating get {
      if !isKnownUniquelyReferenced(&storage) {
        let copy = TensorStorage(count: storage.count)
        unsafe copy.pointer.update(from: storage.pointer, count: storage.count)
        storage = copy
      }
      return unsafe storage.pointer
    }
  }
}

extension Tensor {
  /// Each sequence's last real frame of [frames, batch, features]: [batch, features]; its row of `before` where it has none.
  package func frame(before lengths: [Int], otherwise before: Tensor) -> Tensor {
    if lengths.allSatisfy({ $0 == shape[0] }) && shape[0] > 0 { return lastFrame }
    let (batch, width) = (shape[1], shape[2])
    var result = before
    let target = unsafe result.mutablePointer
    for (number, length) in lengths.enumerated() where length > 0 {
      unsafe (target + number * width).update(
        from: pointer + ((length - 1) * batch + number) * width, count: width)
    }
    return result
  }

  /// Makes the frames of [frames, batch, features] zero that lie beyond `lengths`.
  package mutating func clear(beyond lengths: [Int]) {
    let (frames, batch, width) = (shape[0], shape[1], shape[2])
    guard lengths.contains(where: { $0 < frames }) else { return }
    let target = unsafe mutablePointer
    for (number, length) in lengths.enumerated() {
      for frame in length..<frames {
        unsafe (target + (frame * batch + number) * width).update(repeating: 0, count: width)
      }
    }
  }
}

extension Tensor: Equatable {
  /// Whether shapes and numbers are equal.
  package static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape && a.values == b.values
  }
}

/// Memory of a tensor, aligned to the longest vectors and the cache's lines.
@safe private final class TensorStorage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    unsafe pointer = unsafe memory.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  deinit { unsafe UnsafeMutableRawPointer(pointer).deallocate() }
}

/// Whether the `count` numbers from `numbers` on are numbers, and finite.
package func areFiniteNumbers(_ numbers: UnsafePointer<Float>, count: Int) -> Bool {
  // The exponent of what is not finite is all ones; without signs such bits are the highest there are.
  var highest: UInt32 = 0
  for index in 0..<count { unsafe highest = max(highest, numbers[index].bitPattern & 0x7fff_ffff) }
  return highest < 0x7f80_0000
}
