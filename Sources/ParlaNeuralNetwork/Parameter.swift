/// A weight or bias that a layer learns: its name, its shape and how it starts.
package struct ParameterSpecification: Sendable, Equatable {
  /// How a parameter starts.
  package enum Initializer: Sendable, Equatable {
    /// All zero.
    case zeros
    /// All one.
    case ones
    /// Uniform in [-a, a] with a = sqrt(6 / (fanIn + fanOut)): Glorot and Bengio 2010, eq. 16.
    case glorotUniform(fanIn: Int, fanOut: Int)
  }

  /// Unique in its network, such as `layer_1.weight`.
  package let name: String

  /// Length of each axis, outermost first; weights are [outputs, inputs].
  package let shape: [Int]

  /// How it starts.
  package let initializer: Initializer

  /// Whether it is a matrix [outputs, inputs] that is used in products only, so that recognition may keep it in any precision.
  package let isProductWeight: Bool

  /// Whether each frame is multiplied with it on its own, since it needs the frame before.
  package let isRecurrent: Bool

  /// The parameter whose numbers it always has: their gradients are added up; nil for numbers of its own.
  package let tiedTo: String?

  /// Describes the parameter `name` of `shape`.
  package init(
    name: String, shape: [Int], initializer: Initializer, isProductWeight: Bool = false,
    isRecurrent: Bool = false, tiedTo: String? = nil
  ) {
    precondition(!isProductWeight || shape.count == 2, "a product's weight is [outputs, inputs]")
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.isProductWeight = isProductWeight
    self.isRecurrent = isRecurrent
    self.tiedTo = tiedTo
  }
}

/// One tensor for each parameter of a network, in the network's order: weights, gradients or an optimiser's moments.
package struct Parameters: Sendable, Equatable {
  /// What each tensor is, in order.
  package let specifications: [ParameterSpecification]

  /// The tensors, in the order of `specifications`.
  package var tensors: [Tensor]

  /// Joins tensors with what they are.
  package init(specifications: [ParameterSpecification], tensors: [Tensor]) {
    precondition(
      specifications.map(\.shape) == tensors.map(\.shape), "tensors of the specified shapes")
    self.specifications = specifications
    self.tensors = tensors
  }

  /// All zero.
  package init(zerosFor specifications: [ParameterSpecification]) {
    self.init(
      specifications: specifications, tensors: specifications.map { Tensor(shape: $0.shape) })
  }

  /// As training starts; the same `seed` gives the same weights, each parameter by a sequence of its own.
  package init(initializing specifications: [ParameterSpecification], seed: UInt64) {
    let tensors = specifications.enumerated().map { index, specification in
      var generator = SeededGenerator(mixing: seed, UInt64(index))
      return Tensor(initializing: specification, with: &generator)
    }
    self.init(specifications: specifications, tensors: tensors)
    for (index, owner) in ties { self.tensors[index] = self.tensors[owner] }
  }

  /// Each parameter that is tied to another, and that one, by their positions.
  private var ties: [(index: Int, owner: Int)] {
    specifications.indices.compactMap { index in
      guard let name = specifications[index].tiedTo else { return nil }
      return specifications.firstIndex { $0.name == name }.map { (index, $0) }
    }
  }

  /// Gives parameters that are tied the sum of their numbers, which are gradients.
  mutating func addTied() {
    let ties = ties
    for (index, owner) in ties { tensors[owner].add(tensors[index]) }
    for (index, owner) in ties { tensors[index] = tensors[owner] }
  }

  /// The tensor of the parameter `name`, if there is one.
  package subscript(name: String) -> Tensor? {
    specifications.firstIndex { $0.name == name }.map { tensors[$0] }
  }

  /// Adds the numbers of `others`, which are of the same parameters.
  package mutating func add(_ others: Parameters) {
    precondition(specifications == others.specifications, "numbers of the same parameters")
    for index in tensors.indices { tensors[index].add(others.tensors[index]) }
  }

  /// Whether all numbers are numbers, and finite.
  package var areFinite: Bool { tensors.allSatisfy(\.isFinite) }

  /// How many numbers there are altogether.
  package var valueCount: Int { tensors.reduce(0) { $0 + $1.count } }
}

extension Tensor {
  /// Whether all numbers are numbers, and finite.
  package var isFinite: Bool { unsafe areFiniteNumbers(pointer, count: count) }

  /// Adds the numbers of `other`, which has the same shape.
  package mutating func add(_ other: Tensor) {
    precondition(shape == other.shape, "numbers of the same shape")
    let more = unsafe other.pointer
    let sum = unsafe mutablePointer
    for place in 0..<count { unsafe sum[place] += more[place] }
  }

  fileprivate init(
    initializing specification: ParameterSpecification, with generator: inout SeededGenerator
  ) {
    self.init(shape: specification.shape)
    switch specification.initializer {
    case .zeros: break
    case .ones: self = Tensor(shape: specification.shape, repeating: 1)
    case .glorotUniform(let fanIn, let fanOut):
      let bound = (6 / Float(fanIn + fanOut)).squareRoot()
      for index in 0..<count { self[index] = Float.random(in: -bound...bound, using: &generator) }
    }
  }
}
