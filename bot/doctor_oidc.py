"""The doctor's look at the organisation's provider: it is asked what every sign-in asks."""

from __future__ import annotations

from bot.doctor_finding import Finding, Look
from bot.web.sign_in_oidc import Provider, ProviderFailed, ProviderIsHidden

_HIDDEN = (
    "Coordinators can't sign in by it. Inside your network only the host of OIDC_ISSUER is asked, since",
    "another one could lead anywhere in it. Let the provider name all its addresses at that host",
    "(Keycloak: without hostname-backchannel-dynamic). Where all that leaves your house goes through a",
    "proxy (HTTPS_PROXY), the proxy decides instead.",
)
_MEND = (
    "Coordinators can't sign in by it. Look at OIDC_ISSUER: the provider must be reached there, over",
    "https, and call itself exactly that. The desk's sign-in links work meanwhile.",
)


async def ask_provider(look: Look) -> tuple[Finding, ...]:
    """Whether coordinators can be sent to the provider and vouched for."""
    issuer = look.settings.oidc_issuer
    if not issuer:
        return ()
    try:
        await Provider(look.settings).look()
    except ProviderFailed as error:
        do = _HIDDEN if isinstance(error, ProviderIsHidden) else _MEND
        return (Finding(verdict="wrong", what=f"Sign-in by OIDC_ISSUER: {error}", do=do),)
    if not look.settings.public_url:
        no_way = ("It sends coordinators back to PUBLIC_URL, which is not set.",)
        return (Finding(verdict="wrong", what="Sign-in by OIDC_ISSUER: no way back", do=no_way),)
    back = f"Its redirect address is {look.settings.base_url}/desk/sign-in/oidc/back."
    what = f"Sign-in by OIDC_ISSUER: {issuer} answers, and has keys"
    return (Finding(verdict="ok", what=what, do=(back,)),)
