"""The use cases of identities, a service per subject."""

from BE.modules.identities.service.enrolment import EnrolmentService
from BE.modules.identities.service.identities import IdentityService
from BE.modules.identities.service.provider_sign_in import ProviderSignInService
from BE.modules.identities.service.ways import WayService

__all__ = ["EnrolmentService", "IdentityService", "ProviderSignInService", "WayService"]
