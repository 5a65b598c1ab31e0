// SPDX-License-Identifier: Apache-2.0
// Runs a parser's fuzz target without libFuzzer: on each file of the folder that it is given, and on a fixed
// number of variations of each, the same in every run. Exit status 1 when the folder has no file.
#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "model/sanitizers.hpp"
#if WEIR_UNDER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#include "parser_target.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kVariationsPerFile = 250;
constexpr std::size_t kLongestInput = 2048;

/// What the target works on, to be shown when it ends the process.
Bytes current;

extern "C" void show_current() {
    std::fputs("the input was: \"", stderr);
    for (const std::uint8_t byte : current) {
        if (byte >= ' ' && byte < 127 && byte != '"' && byte != '\\')
            std::fputc(byte, stderr);
        else
            std::fprintf(stderr, "\\%03o", byte);
    }
    std::fputs("\"\n", stderr);
}

extern "C" void show_and_end(int number) {
    show_current();
    std::signal(number, SIG_DFL);
    std::raise(number);
}

/// xorshift: the same sequence everywhere.
class Random {
public:
    std::size_t below(std::size_t bound) noexcept {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return static_cast<std::size_t>(state_ % bound);
    }

private:
    std::uint64_t state_ = 0x9e3779b97f4a7c15U;
};

/// One to four small changes; bytes that parsers care about are put in more often than others.
Bytes variation(Bytes bytes, const Bytes& other, Random& random) {
    static constexpr std::string_view kTelling = "0199-+.,=eE \t\nxX_/smhninf";
    for (std::size_t changes = 1 + random.below(4); changes > 0; --changes) {
        const std::size_t at = random.below(bytes.size() + 1);
        const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const auto byte = static_cast<std::uint8_t>(
            random.below(3) == 0 ? random.below(256)
                                 : static_cast<std::size_t>(kTelling[random.below(kTelling.size())]));
        switch (random.below(4)) {
            case 0:
                bytes.insert(place, byte);
                break;
            case 1:
                if (place != bytes.end()) *place = byte;
                break;
            case 2:
                if (place != bytes.end()) bytes.erase(place);
                break;
            default: {
                const std::size_t from = random.below(other.size() + 1);
                const std::size_t count = random.below(other.size() - from + 1);
                const auto first = other.begin() + static_cast<std::ptrdiff_t>(from);
                bytes.insert(place, first, first + static_cast<std::ptrdiff_t>(count));
            }
        }
    }
    bytes.resize(std::min(bytes.size(), kLongestInput));
    return bytes;
}

void run(Bytes input) {
    current = std::move(input);
    LLVMFuzzerTestOneInput(current.data(), current.size());
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) {
        std::fprintf(stderr, "give the folder with the inputs\n");
        return 2;
    }
    std::signal(SIGABRT, show_and_end);
    std::signal(SIGSEGV, show_and_end);
#if WEIR_UNDER_ASAN
    __sanitizer_set_death_callback(show_current);
#endif
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(words[1])) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::vector<Bytes> inputs;
    for (const auto& file : files) {
        std::ifstream input(file, std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>());
    }
    run({});
    Random random;
    for (const Bytes& input : inputs) {
        run(input);
        for (std::uint64_t i = 0; i < kVariationsPerFile; ++i)
            run(variation(input, inputs[random.below(inputs.size())], random));
    }
    std::printf("%zu inputs and %zu variations of them\n", inputs.size(), inputs.size() * kVariationsPerFile);
    return inputs.empty() ? 1 : 0;
}
