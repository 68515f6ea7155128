// Usage: kenlm_query MODEL TEXT ROUNDS
// The twin of ../Sources/LanguageModelQuery with KenLM's own library.
#include "lm/model.hh"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

template <class Model>
static double score_all(const Model &model, const std::vector<lm::WordIndex> &words) {
  const typename Model::State begin = model.BeginSentenceState();
  const lm::WordIndex end = model.GetVocabulary().EndSentence();
  typename Model::State state[2];
  const typename Model::State *current = &begin;
  int next = 0;
  double sum = 0;
  for (lm::WordIndex word : words) {
    sum += model.FullScore(*current, word, state[next]).prob;
    current = word == end ? &begin : &state[next];
    next ^= 1;
  }
  return sum;
}

template <class Model> static void run(const char *path, const char *text, int rounds) {
  Model model(path);
  std::vector<lm::WordIndex> words;
  std::ifstream in(text);
  std::string line, word;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    while (fields >> word) words.push_back(model.GetVocabulary().Index(word));
    words.push_back(model.GetVocabulary().EndSentence());
  }
  double sum = score_all(model, words);
  std::clock_t start = std::clock();
  for (int round = 0; round < rounds; ++round) sum = score_all(model, words);
  double seconds = (std::clock() - start) / (double)CLOCKS_PER_SEC;
  std::printf("%.0f %f\n", rounds * (double)words.size() / seconds, sum);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  using namespace lm::ngram;
  ModelType type;
  if (!RecognizeBinary(argv[1], type)) return 3;
  int rounds = std::atoi(argv[3]);
  switch (type) {
    case PROBING: run<ProbingModel>(argv[1], argv[2], rounds); break;
    case REST_PROBING: run<RestProbingModel>(argv[1], argv[2], rounds); break;
    case TRIE: run<TrieModel>(argv[1], argv[2], rounds); break;
    case QUANT_TRIE: run<QuantTrieModel>(argv[1], argv[2], rounds); break;
    case ARRAY_TRIE: run<ArrayTrieModel>(argv[1], argv[2], rounds); break;
    case QUANT_ARRAY_TRIE: run<QuantArrayTrieModel>(argv[1], argv[2], rounds); break;
  }
}
