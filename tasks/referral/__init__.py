"""The category `referral`: refer a patient with the facts that the specialty needs, unless that was done already."""
