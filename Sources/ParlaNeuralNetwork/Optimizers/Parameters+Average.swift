extension Parameters {
  /// Moves each number towards that of `others` by a share of the way, from 0 to 1.
  package mutating func move(towards others: Parameters, by share: Float) {
    precondition(
      specifications.map(\.shape) == others.specifications.map(\.shape), "the same parameters")
    guard share > 0 else { return }
    guard share < 1 else {
      tensors = others.tensors
      return
    }
    for index in tensors.indices {
      let target = unsafe others.tensors[index].pointer
      let average = unsafe tensors[index].mutablePointer
      for place in 0..<tensors[index].count {
        unsafe average[place] += share * (target[place] - average[place])
      }
    }
  }
}
