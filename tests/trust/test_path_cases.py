"""The strict profile is measured by chains that stand for what a strict verifier has to know."""

from dataclasses import replace

from app.trust.clients.profiles import reference_profiles
from app.trust.judge import judge
from tests.trust.authorities import chain, store
from tests.trust.path_cases import PathCase, path_cases


def is_accepted(case: PathCase) -> bool:
    profile = replace(reference_profiles()["strict"], store=store(*case.roots))
    return judge(chain(*case.ders), host=case.host, at=case.at, profile=profile).ok


def test_the_strict_profile_refuses_no_good_chain_and_accepts_no_bad_one() -> None:
    cases = path_cases()
    assert len(cases) > 190
    assert [case.meaning for case in cases if is_accepted(case) is not case.good] == []
