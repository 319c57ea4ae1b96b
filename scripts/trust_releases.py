"""The package releases from which the trust stores are built, pinned by hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["LISTS", "MOZILLA", "OBSERVATORY", "Release"]


@dataclass(frozen=True, slots=True)
class Release:
    """One released file. `on` is its release date, for lists that have no date of their own."""

    package: str
    version: str
    sha256: str
    on: str = ""


# Mozilla's list by store name. mozilla-2021 is the last one with DST Root CA X3, the root whose
# expiry on 2021-09-30 broke clients with that list.
MOZILLA: Mapping[str, Release] = MappingProxyType(
    {
        "mozilla-2015": Release(
            "certifi",
            "2015.9.6",
            "499d154e26c642108248be45b4e09d3b978d2e7c6a72e0a147a2e81448a61a7d",
            "2015-09-06",
        ),
        "mozilla-2016": Release(
            "certifi",
            "2016.9.26",
            "a60073d7bb5cb01671877efda875e8dab755b98baedfbb9b8b3d9be2d52ad022",
            "2016-09-26",
        ),
        "mozilla-2017": Release(
            "certifi",
            "2017.11.5",
            "244be0d93b71e93fc0a0a479862051414d0e00e16435707e5bf5000f92e04694",
            "2017-11-05",
        ),
        "mozilla-2018": Release(
            "certifi",
            "2018.11.29",
            "993f830721089fef441cdfeb4b2c8c9df86f0c63239f06bd025a76a7daddb033",
            "2018-11-29",
        ),
        "mozilla-2019": Release(
            "certifi",
            "2019.11.28",
            "017c25db2a153ce562900032d5bc68e9f191e44e9a0f762f373977de9df1fbb3",
            "2019-11-28",
        ),
        "mozilla-2020": Release(
            "certifi",
            "2020.4.5.1",
            "1d987a998c75633c40847cc966fcf5904906c920a7f17ef374f5aa4282abd304",
            "2020-04-05",
        ),
        "mozilla-2021": Release(
            "certifi",
            "2021.5.30",
            "50b1e4f8446b06f41be7dd6338db18e0990601dce795c2b1686458aa7e8fa7d8",
            "2021-05-30",
        ),
        "mozilla-2021-10": Release(
            "certifi",
            "2021.10.8",
            "d62a0163eb4c2344ac042ab2bdf75399a71a2d8c7d47eac2e2ee91b9d6339569",
            "2021-10-08",
        ),
        "mozilla-2022": Release(
            "certifi",
            "2022.12.7",
            "4ad3232f5e926d6718ec31cfc1fcadfde020920e278684144551c91769c7bc18",
            "2022-12-07",
        ),
        "mozilla-2023": Release(
            "certifi",
            "2023.11.17",
            "e036ab49d5b79556f99cfc2d9320b34cfbe5be05c5871b51de9329f0603b0474",
            "2023-11-17",
        ),
        "mozilla-2024": Release(
            "certifi",
            "2024.12.14",
            "1275f7a45be9464efc1173084eaa30f866fe2e47d389406136d332ed4967ec56",
            "2024-12-14",
        ),
        "mozilla-2025": Release(
            "certifi",
            "2025.11.12",
            "97de8790030bbd5c2d96b7ec782fc2f7820ef8dba6db909ccf95449f2d062d4b",
            "2025-11-12",
        ),
    }
)

# The lists of all vendors, as collected by the Trust Stores Observatory.
OBSERVATORY = (
    Release("sslyze", "1.4.3", "8121d587d7d3b4eafd0a0063fef7ec404bfdd82efc70515bf10cb55002110a4e"),
    Release("sslyze", "2.1.4", "fe8f7082e4915a675bccccb31e98537e1781214a4031e59feaa98ffe4b59b935"),
    Release("sslyze", "3.1.0", "8b562bd4a50d816ec59c3b3440c6b6b2909c9470111ff29215a22447c93ee5b8"),
    Release("sslyze", "4.1.0", "76a50297aa2e3f4d8e2660865ca648eff672b0a5967fa052bb26b8b05e0d3ff9"),
    Release("sslyze", "5.1.3", "247eeed21e57cb5bfe8bd5565f83a35988cfad5c8294120fa7b729bd5e5cf949"),
    Release("sslyze", "6.3.1", "2cd4062f82a3fa605dbd34e3b71f99961e4e7cf438879da1c52f619855ffbc1d"),
)

# File name in these packages -> prefix of the store's name, such as `windows-2018-06`.
LISTS: Mapping[str, str] = MappingProxyType(
    {
        "apple.pem": "apple",
        "apple_ios.pem": "apple",
        "google_aosp.pem": "android",
        "microsoft_windows.pem": "windows",
        "mozilla_nss.pem": "nss",
        "openjdk.pem": "openjdk",
        "oracle_java.pem": "oracle-java",
    }
)
